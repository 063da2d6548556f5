// Stands between two ends of a tunnel and treats every packet as it is told to: delays, loses, doubles, reorders.
// usage: packet-relay.ts <port> <own a> <peer a> <own b> <peer b> <seed>; orders come as JSON over IPC

import { createSocket, type Socket } from 'node:dgram'
import { createRandom } from '@secumon/edge/simulator/random'
import { GOOD_WEATHER, type Weather } from './weather.ts'

const [port = '0', ownA = '', peerA = '', ownB = '', peerB = '', seed = '0'] = process.argv.slice(2)
const random = createRandom(Number(seed))
let weather: Weather = GOOD_WEATHER

function pass(packet: Buffer, socket: Socket, peer: string): void {
  if (weather.isCut || random.next() < weather.lost) return
  const copies = random.next() < weather.doubled ? 2 : 1
  for (let copy = 0; copy < copies; copy++) {
    const delayMs = weather.delayMs + random.next() * weather.jitterMs
    if (delayMs < 1) socket.send(packet, Number(port), peer)
    else setTimeout(() => socket.send(packet, Number(port), peer), delayMs)
  }
}

const [a, b] = [createSocket('udp4'), createSocket('udp4')]
// A full queue of the kernel is one more lost packet.
for (const socket of [a, b]) socket.on('error', () => undefined)
a.on('message', (packet) => pass(packet, b, peerB))
b.on('message', (packet) => pass(packet, a, peerA))
a.bind(Number(port), ownA)
b.bind(Number(port), ownB, () => process.send?.('ready'))
process.on('message', (order: string) => (weather = JSON.parse(order) as Weather))
