// Send so many events with Segment's Node library: segment_node.cjs FOLDER ADDRESS KEY HOW_MANY
const [folder, address, key, howMany] = process.argv.slice(2)
const { Analytics } = require(`${folder}/node_modules/@segment/analytics-node`)

const lost = []
const analytics = new Analytics({ writeKey: key, host: address })
analytics.on('error', (error) => lost.push(error))
const total = Number(howMany)
const half = Math.floor(total / 2)
let told = 0
const toldOne = () => {
  told += 1
  if (told === half) send(half, total)
  if (told === total) close()
}
const send = (first, end) => {
  for (let number = first; number < end; number++) {
    const properties = { number, note: 'Crème' }
    analytics.track({ userId: `user-${number % 50}`, event: 'Delivered', properties }, toldOne)
  }
}
const close = () => analytics.closeAndFlush({ timeout: 600_000 }).then(() => {
  if (lost.length) {
    console.error('given up:', lost[0])
    process.exit(1)
  }
})
// All that is tracked goes out at once: what comes after the first answers must wait for them.
send(0, half)
