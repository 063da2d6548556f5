/** The gateway broke the protocol; the stream is closed and tried again later. */
export class GatewayFault extends Error {
  override readonly name = 'GatewayFault'
}
