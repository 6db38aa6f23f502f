/** Dependency descriptors for tests. */

/** What a template or a structure says, to be written bit by bit. */
export interface TestStructure {
  /** Of each template: its layer (as the step from the one before), DTIs and frame differences. */
  readonly templates: readonly {
    readonly spatial: number;
    readonly temporal: number;
    readonly dtis: readonly number[];
    readonly fdiffs: readonly number[];
  }[];
  readonly targets: number;
  readonly heights: readonly number[];
}

/** Two temporal layers; decode target 0 is everything, 1 the base layer. */
export const L1T2_STRUCTURE: TestStructure = {
  templates: [
    { spatial: 0, temporal: 0, dtis: [2, 2], fdiffs: [] },
    { spatial: 0, temporal: 0, dtis: [2, 2], fdiffs: [2] },
    { spatial: 0, temporal: 1, dtis: [1, 0], fdiffs: [1] },
  ],
  targets: 2,
  heights: [720],
};

/** Two spatial layers, the higher built on the lower in every picture; decode target 0 is both, 1 the lower one. */
export const L2T1_STRUCTURE: TestStructure = {
  templates: [
    { spatial: 0, temporal: 0, dtis: [2, 2], fdiffs: [] },
    { spatial: 0, temporal: 0, dtis: [3, 3], fdiffs: [2] },
    { spatial: 1, temporal: 0, dtis: [2, 0], fdiffs: [1] },
    { spatial: 1, temporal: 0, dtis: [3, 0], fdiffs: [2, 1] },
  ],
  targets: 2,
  heights: [360, 720],
};

export interface TestDescriptor {
  readonly template: number;
  readonly number: number;
  readonly structure?: TestStructure;
}

export function descriptor({ template, number, structure }: TestDescriptor): Buffer {
  const bits: number[] = [];
  const write = (value: number, count: number): void => {
    for (let bit = count - 1; bit >= 0; bit--) bits.push((value >> bit) & 1);
  };
  write(3, 2);
  write(template, 6);
  write(number & 0xffff, 16);
  if (structure !== undefined) {
    write(0b10000, 5);
    writeStructure(structure, write);
  }
  while (bits.length % 8 !== 0) bits.push(0);
  return Buffer.from(
    Array.from({ length: bits.length / 8 }, (_, index) =>
      parseInt(bits.slice(index * 8, index * 8 + 8).join(''), 2),
    ),
  );
}

function writeStructure(
  { templates, targets, heights }: TestStructure,
  write: (value: number, count: number) => void,
): void {
  write(0, 6);
  write(targets - 1, 5);
  templates.slice(1).forEach((template, index) => {
    const before = templates[index] ?? template;
    write(template.spatial !== before.spatial ? 2 : template.temporal !== before.temporal ? 1 : 0, 2);
  });
  write(3, 2);
  for (const { dtis } of templates) for (const dti of dtis) write(dti, 2);
  for (const { fdiffs } of templates) {
    for (const fdiff of fdiffs) write(0b10000 | (fdiff - 1), 5);
    write(0, 1);
  }
  // No chains: zero in as few bits as a number below targets + 1 takes.
  write(0, targets === 2 ? 1 : 2);
  write(1, 1);
  for (const height of heights) {
    write(height * 2 - 1, 16);
    write(height - 1, 16);
  }
}
