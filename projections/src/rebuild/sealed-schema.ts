// Where rows lie that belong to no generation any more.

export const SEALED_SCHEMA = 'sealed'
