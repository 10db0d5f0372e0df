"""An independent calculation of every number, written from the definitions alone, and what it is compared with."""
