import { expect, it } from 'vitest'
import { modelShape, trainSettings } from '../model/config.ts'
import { isSettingKey, SETTINGS, settingNamed } from './settings-catalogue.ts'

it('has every setting of the config and of training, once', () => {
  const keys = [...Object.keys(modelShape.shape), ...Object.keys(trainSettings.shape)].filter((key) => key !== 'model_type')
  expect(SETTINGS.map(({ key }) => key).sort()).toEqual(keys.sort())
  expect(isSettingKey('toString')).toBe(false)
})

it('takes kinds, choices and ranges from the config', () => {
  expect(settingNamed('schedule').kind).toEqual({ kind: 'choice', choices: ['constant', 'cosine', 'linear', 'wsd'] })
  expect(settingNamed('bias').kind).toEqual({ kind: 'switch' })
  expect(settingNamed('steps').kind).toEqual({ kind: 'number', range: { whole: true, least: 1 } })
  expect(settingNamed('seed').kind).toEqual({ kind: 'number', range: { whole: true, least: 0, most: 0xffffffff } })
  expect(settingNamed('dropout').kind).toEqual({ kind: 'number', range: { whole: false, least: 0, below: 1 } })
  expect(settingNamed('decay_fraction').kind).toEqual({ kind: 'number', range: { whole: false, above: 0, most: 1 } })
})

it('says each in one line', () => {
  for (const { explanation, label } of SETTINGS) {
    expect(explanation).toMatch(/^[A-Z].*\.$/)
    expect(label).toMatch(/^[A-Z]/)
  }
})
