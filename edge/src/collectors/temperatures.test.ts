import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostTree, momentAt } from '../testing/host-tree.ts'
import { CONTAINER, SERVER } from '../testing/hosts.ts'
import { createTemperaturesCollector } from './temperatures.ts'

test('labelled and unlabelled sensors, the hottest of them', async (t) => {
  const collector = createTemperaturesCollector(hostTree(t, SERVER))
  assert.deepEqual(await collector.collect(momentAt(0)), {
    host: { temperatureMaxCelsius: 52.5 },
    temperatures: { sensor: ['coretemp/Package id 0', 'coretemp/temp2'], celsius: [45, 52.5] },
  })
})

test('two drives of one kind have two names; a zone that hwmon shows already is not shown twice', async (t) => {
  const drive = (i: number) => ({
    [`sys/class/hwmon/hwmon${i}/name`]: 'nvme',
    [`sys/class/hwmon/hwmon${i}/temp1_input`]: `${30 + i}000`,
    [`sys/class/hwmon/hwmon${i}/temp1_label`]: 'Composite',
  })
  const zones = {
    'sys/class/thermal/thermal_zone0/type': 'nvme',
    'sys/class/thermal/thermal_zone0/temp': '33000',
    'sys/class/thermal/thermal_zone1/type': 'cpu-thermal',
    'sys/class/thermal/thermal_zone1/temp': '61000',
    'sys/class/thermal/cooling_device0/type': 'Fan',
  }
  const collector = createTemperaturesCollector(hostTree(t, { ...drive(1), ...drive(2), ...zones }))
  const { temperatures } = await collector.collect(momentAt(0))
  assert.deepEqual(temperatures, {
    sensor: ['nvme/Composite', 'nvme/Composite #2', 'cpu-thermal'],
    celsius: [31, 32, 61],
  })
})

test('a sensor that is not connected, is empty or is gone has no value', async (t) => {
  const tree = hostTree(t, {
    ...SERVER,
    'sys/class/hwmon/hwmon0/temp3_input': '-273000',
    'sys/class/hwmon/hwmon0/temp4_input': '',
  })
  const collector = createTemperaturesCollector(tree)
  await collector.collect(momentAt(0))
  tree.remove('sys/class/hwmon/hwmon0/temp1_input')
  const { temperatures } = await collector.collect(momentAt(10))
  assert.deepEqual(temperatures?.sensor, ['coretemp/temp2'])
})

test('a host without sensors has no temperature', async (t) => {
  assert.deepEqual(await createTemperaturesCollector(hostTree(t, CONTAINER)).collect(momentAt(0)), {})
})
