/** The next token, chosen from logits on the GPU, and the window's slide: shaders/sample.wgsl. */
import gridText from '../../shaders/grid.wgsl?raw'
import joinText from '../../shaders/join.wgsl?raw'
import joinAloneText from '../../shaders/join_alone.wgsl?raw'
import joinUnitText from '../../shaders/join_unit.wgsl?raw'
import text from '../../shaders/sample.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import subgroupsText from '../../shaders/subgroups.wgsl?raw'
import noSubgroupsText from '../../shaders/subgroups_none.wgsl?raw'
import { STATE_WORDS } from './inputs.ts'
import { defineKernel, type Kernel } from '../gpu/kernel.ts'
import { align, storage, type Region, type Storage } from '../gpu/launch.ts'
import { unroll } from '../gpu/unroll.ts'
import { count, once, type Recording, type Tensor, type Variants } from './recording.ts'

/** How a token is drawn. */
export interface SampleOptions {
  /** 0 is greedy. */
  temperature: number
  /** 0 is no limit. */
  topK: number
  /** Above 0, at most 1, which is no limit. */
  topP: number
}

/** A token as it was chosen. Probabilities are the model's own: before temperature, top-k and top-p. */
export interface Choice {
  id: number
  probability: number
  /** The likeliest ids, likeliest first. */
  likeliest: { id: number; probability: number }[]
}

/** Mirror shaders/sample.wgsl. */
const RESULT_WORDS = 16
const ALTERNATIVES = 5
const WALK_WORDS = STATE_WORDS + 1
const SETTING_WORDS = 5

/** What generation keeps on the GPU from token to token. */
export interface Walk {
  /** All but the settings: one storage. */
  storage: Storage
  settings: Storage
  /** Begins with the state, whose position is that of the token to decode. */
  walk: Region
  /** [T + 1]: the window's tokens by position. */
  tokens: Region
  /** [1]: the token to decode. */
  token: Region
  /** [group, RESULT_WORDS] */
  results: Region
  T: number
  /** Most tokens between two writes of the settings. */
  group: number
}

export function createWalk(T: number, group: number): Walk {
  const sizes = [4 * WALK_WORDS, 4 * (T + 1), 4, 4 * RESULT_WORDS * group].map(align)
  const bytes = sizes.reduce((a, b) => a + b, 0)
  const s = storage('tokens being generated', bytes, 'owned')
  let offset = 0
  const [walk, tokens, token, results] = sizes.map((size): Region => {
    const region = { storage: s, offset, bytes: size }
    offset += size
    return region
  })
  const settings = storage('settings of sampling', 4 * (SETTING_WORDS + group), 'owned')
  return { storage: s, settings, walk, tokens, token, results, T, group }
}

/** The walk's words: the state at a position, and the number of the next token in its group. */
export function walkWords(position: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(WALK_WORDS)
  words[2] = position
  return words
}

/** `known`: ids from it on are never chosen. `draws`: for each token of the group a uniform number in [0, 1), a multiple of 2^-32. */
export function settingWords(how: SampleOptions, known: number, draws: readonly number[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(SETTING_WORDS + draws.length)
  words.set([Number(how.temperature === 0), known, Math.min(how.topK, known)])
  // Colder than this is greedy in f32: what is infinitely far would be taken from what is infinitely near.
  const inverse = how.temperature === 0 ? 1 : Math.min(1 / how.temperature, 1e30)
  new Float32Array(words.buffer).set([how.topP, inverse], 3)
  words.set(
    draws.map((u) => u * 2 ** 32),
    SETTING_WORDS,
  )
  return words
}

/** The choices of a group's first tokens, from what `results` holds. */
export function readChoices(bytes: ArrayBuffer, tokens: number, known: number): Choice[] {
  const words = new Uint32Array(bytes)
  const numbers = new Float32Array(bytes)
  return Array.from({ length: tokens }, (_, i) => {
    const pair = (at: number) => ({ id: words[at], probability: numbers[at + 1] })
    const at = i * RESULT_WORDS
    const listed = Math.min(ALTERNATIVES, known)
    return { ...pair(at), likeliest: Array.from({ length: listed }, (__, a) => pair(at + 2 + 2 * a)) }
  })
}

export const resultBytes = (tokens: number): number => 4 * RESULT_WORDS * tokens

/** Up to this many logits to a lane are kept in registers. */
const MOST_HELD = 32
/** Up to this many to a lane of a single subgroup, which needs no barrier, are quicker than a workgroup. */
const FEW_HELD = 8

function kernelOf({ parallel, subgroup = 0 }: Variants, entry: string, V: number): Kernel {
  const alone = !parallel || (subgroup > 0 && V <= FEW_HELD * subgroup)
  const side = V <= 1024 ? 8 : 16
  const unit = parallel && (alone || subgroup <= side ** 2) ? subgroup : 0
  const lanes = alone ? Math.max(unit, 1) : side ** 2
  const each = Math.ceil(V / lanes)
  const held = parallel && each <= MOST_HELD ? each : 0
  const constants = `const V = ${V}u; const HELD = ${held}u; const SIDE = ${side}u;`
  const subgroups = unit > 0 ? `enable subgroups; ${alone ? 'diagnostic(off, subgroup_uniformity);' : ''} const UNIT = ${unit}u;` : ''
  const join = [unit > 0 ? subgroupsText : noSubgroupsText, joinUnitText, alone ? joinAloneText : joinText]
  return once(`sample ${entry} ${parallel} ${subgroups} ${constants}`, () =>
    defineKernel('sample', entry, [gridText, stateText, ...join, unroll(text, { HELD: held })], `${subgroups} ${constants}`),
  )
}

/** Chooses the token after the walk's position by logits [V], and goes on to it. */
export function sample(recording: Recording, walk: Walk, logits: Tensor): void {
  const { settings } = walk
  recording.launch({
    kernel: kernelOf(recording.variants, 'sample', count(logits.shape)),
    constants: {},
    params: {},
    regions: {
      logits: logits.region,
      settings: { storage: settings, offset: 0, bytes: settings.bytes },
      walk: walk.walk,
      tokens: walk.tokens,
      token: walk.token,
      results: walk.results,
    },
    workgroups: 1,
  })
}

/** Keeps the last `kept` of T + 1 tokens, at most half of them, and goes to the last of these. */
export function slideTokens(recording: Recording, walk: Walk, kept: number): void {
  if (2 * kept > walk.T + 1) throw new Error(`A window of ${walk.T + 1} tokens slides by at least half, not to ${kept}.`)
  recording.launch({
    kernel: kernelOf({ parallel: false }, 'slide', 1),
    constants: {},
    params: { T: walk.T, kept },
    regions: { walk: walk.walk, tokens: walk.tokens },
    workgroups: Math.ceil(kept / 64),
  })
}
