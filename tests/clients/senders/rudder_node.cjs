// Send so many events with RudderStack's Node library: rudder_node.cjs FOLDER ADDRESS KEY HOW_MANY
const [folder, address, key, howMany] = process.argv.slice(2)
const Analytics = require(`${folder}/node_modules/@rudderstack/rudder-sdk-node`)

const lost = []
const total = Number(howMany)
const client = new Analytics(key, { dataPlaneUrl: address, flushInterval: 100, errorHandler: (error) => lost.push(error) })
let told = 0
const half = Math.floor(total / 2)
const toldOne = (error) => {
  if (error) lost.push(error)
  told += 1
  if (told === half) send(half, total)
  if (told === total) {
    if (lost.length) console.error('given up:', lost[0])
    process.exit(lost.length ? 1 : 0)
  }
}
const send = (first, end) => {
  for (let number = first; number < end; number++) {
    client.track({ userId: `user-${number % 50}`, event: 'Delivered', properties: { number, note: 'Crème' } }, toldOne)
  }
}
// All that is tracked goes out at once: what comes after the first answers must wait for them.
send(0, half)
