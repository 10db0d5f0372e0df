// Send so many events with Segment's Node library: segment_node.cjs FOLDER ADDRESS KEY HOW_MANY
const [folder, address, key, howMany] = process.argv.slice(2)
const { Analytics } = require(`${folder}/node_modules/@segment/analytics-node`)

const lost = []
const analytics = new Analytics({ writeKey: key, host: address })
analytics.on('error', (error) => lost.push(error))
for (let number = 0; number < Number(howMany); number++) {
  analytics.track({ userId: `user-${number % 50}`, event: 'Delivered', properties: { number, note: 'Crème' } })
}
analytics.closeAndFlush({ timeout: 600_000 }).then(() => {
  if (lost.length) {
    console.error('given up:', lost[0])
    process.exit(1)
  }
})
