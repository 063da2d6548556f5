// English of custom metrics: what programs of a host publish themselves.

export const enCustom = {
  tabCustom: 'Custom',
  customMetrics: 'Custom metrics',
  searchCustom: 'Part of a name',
  metricCount: (count: number) => (count === 1 ? '1 metric' : `${count} metrics`),
  seriesCount: (count: number) => (count === 1 ? '1 series' : `${count} series`),
  counter: 'counter',
  counterRate: 'counter, as a rate',
  gauge: 'gauge',
  lastValue: 'last value',
  seenSince: (first: string) => `values since ${first}`,
  seenDays: (first: string, last: string) => `values from ${first} to ${last}`,
  firstMetrics: (count: string) => `The first ${count} are listed. Search for the others.`,
  searchLabels: 'Labels, for example code="500"',
  someLabelSets: (shown: string, all: string) =>
    `The ${shown} largest of ${all} series are drawn. Search by labels for the others.`,
  noLabelMatch: 'No series has these labels.',
  noLabelMatchOf: (read: string) =>
    `Of the ${read} series that were read, none has these labels; there are others.`,
  askForLabels: 'Read the one with exactly these',
  allHave: (labels: string) => `All of them have ${labels}.`,
  cutLabelSets: (read: string, all: string) =>
    `${read} of ${all} series fit into an answer: the search is in those.`,
  noSuchMetric: (name: string) => `No metric ${name}`,
  noSuchMetricText: 'No program of this host has published it yet. A counter comes with its second reading.',

  // what is missing
  customLimitReached: (limit: string) =>
    `Your organisation has its ${limit} series of custom metrics: no others are stored.`,
  customRefused: (count: string, age: string) => `${count} values were not stored so far, the last ${age}.`,
  customLimitDocs: 'docs/custom-metrics.md says what counts and how to have fewer.',
  customFaults: 'Some metrics of this host’s programs are missing.',

  // empty
  noCustomTitle: 'No custom metrics yet',
  noCustomText:
    'Whatever a program or script of this host knows, such as the age of a backup or the length of a queue, can be kept and charted: it writes a text file in the format of Prometheus, and the agent reads it every minute.',
  noCustomStep: 'Run this on the host, and a minute later the first one is here:',
  noCustomDocs: 'docs/custom-metrics.md has scripts for backups, certificates and more, and every setting.',
  noCustomMatch: 'No metric matches',
  noCustomMatchText: 'Names are searched for, not labels.',
}
