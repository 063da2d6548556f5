// A short sound of two tones, at most once in a few seconds however much happens. Browsers allow it once the viewer has
// pressed something on the page.

let context: AudioContext | undefined
let restUntilS = 0

const TONES = [
  { hertz: 880, atS: 0 },
  { hertz: 660, atS: 0.18 },
] as const
const TONE_S = 0.16
const VOLUME = 0.12
const REST_S = 4

/** Sounds it; silent where the browser has no sound or does not allow it yet. */
export function chime(): void {
  if (typeof AudioContext === 'undefined') return
  const audio = (context ??= new AudioContext())
  void audio.resume()
  if (audio.currentTime < restUntilS) return
  restUntilS = audio.currentTime + REST_S
  for (const { hertz, atS } of TONES) sound(audio, hertz, audio.currentTime + atS)
}

function sound(audio: AudioContext, hertz: number, atS: number): void {
  const tone = audio.createOscillator()
  const volume = audio.createGain()
  tone.frequency.value = hertz
  volume.gain.setValueAtTime(VOLUME, atS)
  volume.gain.exponentialRampToValueAtTime(0.001, atS + TONE_S)
  tone.connect(volume).connect(audio.destination)
  tone.start(atS)
  tone.stop(atS + TONE_S)
}
