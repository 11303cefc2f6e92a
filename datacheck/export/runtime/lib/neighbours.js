/**
 * Fills a missing cell from the nearest donor rows: nan-euclidean distance from direct
 * differences, ties by donor order, the same sums in the same order as every other runtime.
 */

/**
 * @param {object | null} donors of the transform; null where no field is filled from neighbours
 * @param {object[]} numeric the numeric fields
 * @param {Float64Array} entered the cells of a chunk of rows as they were read, column by column
 * @param {number} stride how far apart its columns lie
 * @returns {(at: number) => number} what fills the cell at this place of the chunk
 */
export function compileNeighbours(donors, numeric, entered, stride) {
  if (!donors) return undefined;
  const columns = donors.features.map((name) => numeric.findIndex((field) => field.name === name));
  const fallbacks = numeric.map((field) => field.fallback);
  const search = {
    ...donors,
    width: columns.length,
    table: flatten(donors.rows, columns.length),
    query: new Float64Array(columns.length),
  };

  /** A feature as the donors' space has it: after its missing values and clips, never filled. */
  function ask(row) {
    const { query } = search;
    columns.forEach((column, j) => {
      query[j] = entered[column * stride + row];
      for (const step of numeric[column].unfilled) step.run(query, j, j + 1);
      const x = (query[j] - donors.center[j]) * donors.inverse_scale[j];
      query[j] = Number.isFinite(x) ? x : NaN;
    });
  }

  return (at) => {
    const column = Math.floor(at / stride);
    ask(at - column * stride);
    return fill(search, columns.indexOf(column), fallbacks[column]);
  };
}

function flatten(rows, width) {
  const table = new Float64Array(rows.length * width);
  rows.forEach((row, position) => {
    row.forEach((cell, j) => {
      table[position * width + j] = cell === null ? NaN : cell;
    });
  });
  return table;
}

function fill(search, target, fallback) {
  const { table } = search;
  const nearest = nearestDonors(search, target);
  const values = nearest.starts.subarray(0, nearest.count);
  const distances = nearest.squares.subarray(0, nearest.count).map(Math.sqrt);
  const weight =
    search.weights === "uniform"
      ? () => 1
      : distances.includes(0)
        ? (distance) => (distance === 0 ? 1 : 0)
        : (distance) => 1 / distance;
  let sum = 0;
  let total = 0;
  values.forEach((start, place) => {
    const w = weight(distances[place]);
    if (w === 0) return;
    sum += w * table[start + target];
    total += w;
  });
  const mean = sum / total;
  return mean === mean ? mean : fallback; // NaN where no donor is in reach
}

/**
 * The few nearest donors that have the target, in order; an equal distance keeps donor order. A
 * donor is out of reach if it shares no feature, or if the distance overflows.
 */
function nearestDonors(search, target) {
  const { table, width, query, n_neighbors: wanted } = search;
  const squares = new Float64Array(wanted);
  const starts = new Uint32Array(wanted);
  let count = 0;
  let limit = Infinity;
  for (let start = 0; start < table.length; start += width) {
    if (table[start + target] !== table[start + target]) continue;
    const square = squaredDistance(table, start, query, limit);
    if (!(square < limit)) continue;
    let place = count < wanted ? count++ : count - 1;
    for (; place > 0 && squares[place - 1] > square; place--) {
      squares[place] = squares[place - 1];
      starts[place] = starts[place - 1];
    }
    squares[place] = square;
    starts[place] = start;
    if (count === wanted) limit = squares[count - 1];
  }
  return { squares, starts, count };
}

/** NaN where no feature is shared; Infinity as soon as it cannot be under the limit. */
function squaredDistance(table, start, query, limit) {
  let sum = 0;
  let both = 0;
  for (let j = 0; j < query.length; j++) {
    const difference = query[j] - table[start + j];
    if (difference !== difference) continue;
    sum += difference * difference;
    if (sum >= limit) return Infinity; // what is left to add and multiply only makes it larger
    both++;
  }
  return both ? sum * (query.length / both) : NaN;
}
