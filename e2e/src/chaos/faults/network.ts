// What lies between the processes: cut, stalled, slow, losing and doubling.

import type { Draw } from '../draw.ts'
import type { FaultKind } from '../fault.ts'
import { SERVER_LINKS, type LinkName } from '../scene-network.ts'
import { GOOD_WEATHER, type Weather } from '../weather.ts'
import { longerThanTimeouts } from './targets.ts'

const AGENTS: LinkName = 'agents→gateways'

export const linkCut: FaultKind = {
  name: 'link cut',
  weight: 3,
  draw: (draw) => {
    const target = draw.oneOf<LinkName>([AGENTS, ...SERVER_LINKS])
    const how = draw.oneOf(['broken', 'stalled'])
    return {
      target,
      how,
      forMs: how === 'broken' ? draw.between(1_000, 6_000) : longerThanTimeouts(draw),
      strike: async ({ network }) =>
        how === 'broken' ? network.link(target).cut() : network.link(target).stall(),
      mend: async ({ network }) => network.link(target).mend(),
    }
  },
}

type Sky = { readonly name: string; weather(draw: Draw): Partial<Weather> }

const SKIES: readonly [Sky, ...Sky[]] = [
  { name: 'cut', weather: () => ({ isCut: true }) },
  { name: 'slow', weather: (draw) => ({ delayMs: draw.between(100, 800) }) },
  { name: 'doubled', weather: (draw) => ({ doubled: draw.between(20, 60) / 100, jitterMs: 20 }) },
  {
    name: 'disordered and losing',
    weather: (draw) => ({ delayMs: 20, jitterMs: draw.between(20, 100), lost: draw.between(2, 15) / 100 }),
  },
]

export const badWeather: FaultKind = {
  name: 'bad network',
  weight: 3,
  needs: ['namespaces'],
  draw: (draw) => {
    const sky = draw.oneOf(SKIES)
    const weather = { ...GOOD_WEATHER, ...sky.weather(draw) }
    return {
      target: 'agents',
      how: sky.name,
      forMs: draw.between(4_000, 14_000),
      strike: async ({ network }) => network.packets?.setWeather(weather),
      mend: async ({ network }) => network.packets?.clear(),
    }
  },
}
