// Français des métriques personnalisées : ce que les programmes d’un hôte publient eux-mêmes.

import type { enCustom } from './en-custom.ts'
import type { Messages } from './en.ts'

export const frCustom: Pick<Messages, keyof typeof enCustom> = {
  tabCustom: 'Personnalisées',
  customMetrics: 'Métriques personnalisées',
  searchCustom: 'Partie d’un nom',
  metricCount: (count) => (count <= 1 ? `${count} métrique` : `${count} métriques`),
  seriesCount: (count) => (count <= 1 ? `${count} série` : `${count} séries`),
  counter: 'compteur',
  counterRate: 'compteur, en débit',
  gauge: 'jauge',
  lastValue: 'dernière valeur',
  seenSince: (first) => `valeurs depuis le ${first}`,
  seenDays: (first, last) => `valeurs du ${first} au ${last}`,
  firstMetrics: (count) => `Les ${count} premières sont listées. Cherchez les autres.`,
  searchLabels: 'Étiquettes, par exemple code="500"',
  someLabelSets: (shown, all) =>
    `Les ${shown} plus grandes séries sur ${all} sont tracées. Cherchez les autres par étiquettes.`,
  noLabelMatch: 'Aucune série n’a ces étiquettes.',
  noLabelMatchOf: (read) => `Des ${read} séries lues, aucune n’a ces étiquettes ; il y en a d’autres.`,
  askForLabels: 'Lire celle qui a exactement celles-ci',
  allHave: (labels) => `Toutes ont ${labels}.`,
  cutLabelSets: (read, all) =>
    `${read} séries sur ${all} tiennent dans une réponse : la recherche porte sur celles-là.`,
  noSuchMetric: (name) => `Pas de métrique ${name}`,
  noSuchMetricText:
    'Aucun programme de cet hôte ne l’a publiée jusqu’ici. Un compteur vient avec sa deuxième lecture.',

  customLimitReached: (limit) =>
    `Votre organisation a ses ${limit} séries de métriques personnalisées : aucune autre n’est enregistrée.`,
  customRefused: (count, age) => `${count} valeurs n’ont pas été enregistrées à ce jour, la dernière ${age}.`,
  customLimitDocs: 'docs/custom-metrics.md dit ce qui compte et comment en avoir moins.',
  customFaults: 'Des métriques des programmes de cet hôte manquent.',

  noCustomTitle: 'Pas encore de métriques personnalisées',
  noCustomText:
    'Ce que sait un programme ou un script de cet hôte, comme l’âge d’une sauvegarde ou la longueur d’une file, peut être gardé et tracé : il écrit un fichier texte au format de Prometheus, et l’agent le lit chaque minute.',
  noCustomStep: 'Lancez ceci sur l’hôte, et une minute plus tard la première est ici :',
  noCustomDocs:
    'docs/custom-metrics.md donne des scripts pour sauvegardes, certificats et plus, et chaque réglage.',
  noCustomMatch: 'Aucune métrique ne correspond',
  noCustomMatchText: 'La recherche porte sur les noms, pas sur les étiquettes.',
}
