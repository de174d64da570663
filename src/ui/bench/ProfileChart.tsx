import { Bar, BarChart, LabelList, ResponsiveContainer, XAxis, YAxis } from 'recharts'
import { percentText } from '../../store/bench-text.ts'
import { sharesByKernel } from '../../store/profile-order.ts'
import type { KernelTime } from '../../worker/protocol.ts'

/** Pixels of a bar with its gap. */
const BAR = 26
/** Bars that are shown; the rest is one more. */
const MOST = 12

/** A label is not broken at its blank. */
const percent = (value: unknown): string => percentText(Number(value)).replace(' ', '\u00a0')

/** The share of a step that each kernel takes, over all its sizes. */
export function ProfileChart({ shape, kernels }: { shape: string; kernels: KernelTime[] }) {
  const bars = sharesByKernel(kernels, MOST)
  const told = bars.map(({ kernel, share }) => `${kernel} ${percentText(share)}`).join(', ')
  return (
    <div
      role="img"
      aria-label={`Share of a step of ${shape} by kernel: ${told}`}
      className="bench-chart"
      style={{ height: BAR * bars.length + 8 }}
    >
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={bars} layout="vertical" margin={{ top: 4, right: 56, bottom: 4, left: 0 }} accessibilityLayer={false}>
          <XAxis type="number" domain={[0, 'dataMax']} hide />
          <YAxis
            type="category"
            dataKey="kernel"
            width={170}
            interval={0}
            stroke="var(--axis)"
            tick={{ fill: 'var(--ink)', fontSize: 12 }}
          />
          <Bar dataKey="share" fill="var(--curve-training)" isAnimationActive={false} barSize={16}>
            <LabelList dataKey="share" position="right" formatter={percent} fill="var(--ink)" fontSize={12} />
          </Bar>
        </BarChart>
      </ResponsiveContainer>
    </div>
  )
}
