"""smartshopie_db: what touches the store."""
