import { Group, Text } from '@mantine/core'
import { useThrottledValue } from '@mantine/hooks'
import { useMemo } from 'react'
import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import type { CurveView } from '../store/session-view.ts'
import { thin } from '../store/thin.ts'
import { useView } from './app-context.ts'

interface Row {
  step: number
  training?: number
  validation?: number
}

/** SVG is redrawn as a whole, so it follows at a pace that leaves the page free. */
const REDRAW_MS = 250

function lossRows({ training, validation }: CurveView): Row[] {
  const drawn = thin(training.step, training.loss)
  const held = thin(
    validation.map((point) => point.step),
    validation.map((point) => point.loss),
  )
  return [
    ...drawn.x.map((step, i): Row => ({ step, training: drawn.y[i] })),
    ...held.x.map((step, i): Row => ({ step, validation: held.y[i] })),
  ].sort((a, b) => a.step - b.step)
}

function accuracyRows({ validation }: CurveView): Row[] {
  const drawn = thin(
    validation.map((point) => point.step),
    validation.map((point) => (point.accuracy ?? NaN) * 100),
  )
  return drawn.x.map((step, i) => ({ step, validation: drawn.y[i] }))
}

const tick = (value: number): string => (Math.abs(value) >= 1000 ? `${value / 1000}k` : `${+value.toPrecision(3)}`)

function Chart({ name, rows, domain, digits }: { name: string; rows: Row[]; domain: [number | 'auto', number | 'auto']; digits: number }) {
  const axis = { stroke: 'var(--axis)', tick: { fill: 'var(--ink)', fontSize: 12 }, tickFormatter: tick }
  const line = { type: 'linear' as const, isAnimationActive: false, connectNulls: true }
  return (
    <div role="img" aria-label={name} className="chart">
      <ResponsiveContainer width="100%" height="100%">
        <LineChart data={rows} margin={{ top: 8, right: 12, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid stroke="var(--grid)" vertical={false} />
          <XAxis {...axis} dataKey="step" type="number" domain={[0, 'dataMax']} allowDecimals={false} />
          <YAxis {...axis} domain={domain} width={44} />
          <Tooltip
            isAnimationActive={false}
            contentStyle={{ background: 'var(--mantine-color-body)', borderColor: 'var(--grid)' }}
            labelFormatter={(step) => (typeof step === 'number' ? `after ${step} steps` : step)}
            formatter={(value) => (typeof value === 'number' ? value.toFixed(digits) : value)}
          />
          <Line {...line} dataKey="training" stroke="var(--curve-training)" strokeWidth={1.5} dot={false} />
          <Line {...line} dataKey="validation" stroke="var(--curve-validation)" strokeWidth={2} dot={{ r: 2.5 }} />
        </LineChart>
      </ResponsiveContainer>
    </div>
  )
}

function Key({ colour, dots, text }: { colour: string; dots?: boolean; text: string }) {
  return (
    <Group gap={6} wrap="nowrap">
      <svg width="24" height="8" aria-hidden>
        <line x1="0" y1="4" x2="24" y2="4" stroke={colour} strokeWidth="2" />
        {dots && <circle cx="12" cy="4" r="3.5" fill={colour} />}
      </svg>
      <Text size="xs">{text}</Text>
    </Group>
  )
}

/** Loss, and for tasks accuracy, against the step. */
export function Curves() {
  const curve = useThrottledValue(
    useView((view) => view.curve),
    REDRAW_MS,
  )
  const hasAccuracy = useView((view) => view.run?.hasAccuracy ?? false)
  const loss = useMemo(() => lossRows(curve), [curve])
  const accuracy = useMemo(() => (hasAccuracy ? accuracyRows(curve) : []), [curve, hasAccuracy])
  if (loss.length === 0)
    return (
      <div className="chart empty">
        <Text size="sm">The loss will be drawn here, step by step: how surprised the model is by the next token. Lower is better.</Text>
      </div>
    )
  return (
    <div>
      <Group gap="md" mb={4}>
        <Text size="sm">Loss in nats against the step</Text>
        <Key colour="var(--curve-training)" text="training" />
        <Key colour="var(--curve-validation)" dots text="held-out data" />
      </Group>
      <Chart name="Curve of the loss against the step" rows={loss} domain={['auto', 'auto']} digits={4} />
      {accuracy.length > 0 && (
        <>
          <Text size="sm" mt="sm" mb={4}>
            Right answers on held-out data, % against the step
          </Text>
          <Chart name="Curve of the accuracy against the step" rows={accuracy} domain={[0, 100]} digits={1} />
        </>
      )}
    </div>
  )
}
