import { useComputedColorScheme } from '@mantine/core'
import type { Scheme } from './heatmap.ts'

/** The scheme that the page is drawn in, right from its first picture. */
export const useScheme = (): Scheme => useComputedColorScheme('light', { getInitialValueInEffect: false })
