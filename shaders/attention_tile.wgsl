// Tiles of cross-layer attention: how a workgroup holds them, for attention_forward_tiled.wgsl and attention_backward_tiled.wgsl. Writes: nothing; for those files.
//
// A tile is ROWS × COLUMNS pairs. DOWN × ACROSS invocations hold 4·GROUPS_M rows by 4·GROUPS_N columns of it each, blocks of four DOWN or ACROSS blocks apart, and of the
// result 4·GROUPS_M rows by SPAN vectors, ACROSS apart. All sums are vectors of four neighbouring rows: x[column], acc[element of the head]. Two products make up all kernels:
//   dot      x[ROWS,COLUMNS] += left[ROWS,e] · right[COLUMNS,e]ᵀ
//   gather   acc[ROWS,E]     += weights[ROWS,k] · right[k,E]
// In registers, x[(h · 4 + i) · GROUPS_M + g] is column i of block h and the rows of block g, and so are weights; acc[((part · SPAN + a) · 4 + c) · GROUPS_M + g] is element c
// of vector tx + a · ACROSS of the part. What a row's invocations share, and with it both products, is in attention_lanes.wgsl, or in attention_lanes_none.wgsl.
// A tile on the right lies in workgroup memory as it does in the store, vectors along e, so that one copy serves both. A head that is too wide is cut into PARTS of WIDTH vectors.
// RESIDENT, where tiles on the left lie there too: they stay (one in the forward pass, two backwards); otherwise there is room for one, which is read again for each product.
//
// Registers: sums are indexed by constants only (@unroll, @snippet: src/gpu/unroll.ts, snippets.ts). Workgroup memory: an axis for each part of an address, so that only
// the lane's own is a variable, checked once, and all others fold into the instruction. The last axis is permuted by the lane, so that neighbours who read a row each (dot)
// and neighbours who read a vector each (gather) both meet different memory banks; sixteen neighbouring invocations are two rows of lanes. ACROSS and DOWN are powers of two.
// The bounds of the loops that are left are no constants: compilers would write them out, and the kernel would outgrow the instruction cache.
const THREADS = ACROSS * DOWN;
const VECTORS = (E + 3u) / 4u; // of a head's row
const WIDTH = SPAN * ACROSS;
const BLOCKS = COLUMNS / 4u;
const RIGHT_PLACES = ACROSS * WIDTH;

var<workgroup> right: array<array<array<array<array<vec4f, ACROSS>, SPAN>, 4>, ACROSS>, GROUPS_N>;

const LOG2_E = 1.4426950408889634;
const MASKED = LOWEST / 4.0; // a score, before its factor: at most 1.45
const FOUR = vec4u(0u, 1u, 2u, 3u);

const FROM_STORE = 0u;
const FROM_D_OUT = 1u;

// Rows of one head in global memory. Rows past the last repeat it: what they give is masked, or never stored.
struct Rows {
  source: u32,
  offset: u32,
  stride: u32,
  last: u32,
}

// Where a row begins, in elements.
fn row_at(rows: Rows, row: u32) -> u32 {
  return rows.offset + min(row, rows.last) * rows.stride;
}

// A vector of the row that begins there; 0 past the head's end.
fn vector_at(rows: Rows, at: u32, column: u32) -> vec4f {
  let inside = min(column, VECTORS - 1u);
  var value: vec4f;
  if (rows.source == FROM_STORE) {
    value = store_four(at, inside);
  } else {
    value = d_out_four(at, inside);
  }
  return select(vec4f(), value, VECTORS == PARTS * WIDTH || column < VECTORS);
}

fn four(rows: Rows, row: u32, column: u32) -> vec4f {
  return vector_at(rows, row_at(rows, row), column);
}

// What an invocation fetches of a part of a tile on the right, on its way into workgroup memory.
alias Fetched = array<vec4f, 4u * GROUPS_N * RIGHT_TURNS>;

fn fetch_right(rows: Rows, part: u32, index: u32) -> Fetched {
  var fetched: Fetched;
  @unroll for (var n = 0u; n < RIGHT_TURNS; n++) {
    let place = index + n * THREADS;
    if (RIGHT_PLACES % THREADS == 0u || place < RIGHT_PLACES) {
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        @unroll for (var i = 0u; i < 4u; i++) {
          fetched[(n * GROUPS_N + h) * 4u + i] = four(rows, (h * ACROSS + (place / WIDTH) % ACROSS) * 4u + i, part * WIDTH + place % WIDTH);
        }
      }
    }
  }
  return fetched;
}

fn put_right(fetched: Fetched, index: u32) {
  @unroll for (var n = 0u; n < RIGHT_TURNS; n++) {
    let place = index + n * THREADS;
    if (RIGHT_PLACES % THREADS == 0u || place < RIGHT_PLACES) {
      let v = place % WIDTH;
      let lane = (place / WIDTH) % ACROSS;
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        @unroll for (var i = 0u; i < 4u; i++) {
          right[h][lane][i][v / ACROSS][(v ^ lane) % ACROSS] = fetched[(n * GROUPS_N + h) * 4u + i];
        }
      }
    }
  }
}

fn stage_right(rows: Rows, part: u32, index: u32) {
  put_right(fetch_right(rows, part, index), index);
}

// How often DOT_STEP vectors of a part are multiplied. A row of the store is longer: that the bound is a constant is ours to know.
fn dot_steps() -> u32 {
  return min(WIDTH / DOT_STEP, params.width);
}

// row = elements 4·c … 4·c + 3 of a head, c = (part · SPAN + a) · ACROSS + tx, of row r of block g, from sums as gather leaves them. `part`, `a`, `g` and `r` are the loops' around it.
@snippet row_of(sums, row) {
  row = vec4f(
    sums[((part * SPAN + a) * 4u) * GROUPS_M + g][r],
    sums[((part * SPAN + a) * 4u + 1u) * GROUPS_M + g][r],
    sums[((part * SPAN + a) * 4u + 2u) * GROUPS_M + g][r],
    sums[((part * SPAN + a) * 4u + 3u) * GROUPS_M + g][r],
  );
}

fn lane_down(index: u32) -> u32 {
  return ((index & 1u) + index / (2u * ACROSS) * 2u) % DOWN;
}

fn lane_across(index: u32) -> u32 {
  return (index / 2u) % ACROSS;
}

struct Tile {
  first: u32, // row of the sequence with which the tile begins
  h: u32, // head, or item
  b: u32,
  inside: bool,
}

// Heads are taken a BATCH at a time, as many as a large GPU computes at once and as its cache holds. In a batch, tiles that begin alike follow one another, so that the longest
// of all its heads come first, and the last workgroups to start are short.
const BATCH = 128u;

fn tile_of(workgroup: u32, heads: u32) -> Tile {
  let tiles = (params.T + ROWS - 1u) / ROWS;
  let all = heads * params.sequences;
  let before = workgroup / (tiles * BATCH) * BATCH;
  let batch = max(min(BATCH, all - before), 1u);
  let i = workgroup - before * tiles;
  let head = before + i % batch;
  return Tile(i / batch * ROWS, head % heads, head / heads, workgroup < tiles * all);
}

// Later queries see more keys.
fn query_tile_of(workgroup: u32) -> Tile {
  var tile = tile_of(workgroup, params.H);
  tile.first = (params.T - 1u) / ROWS * ROWS - tile.first;
  return tile;
}

fn store_rows(offset: u32, b: u32, first: u32) -> Rows {
  return Rows(FROM_STORE, offset + (b * params.T + first) * params.width, params.width, params.T - 1u - first);
}

fn d_out_rows(b: u32, h: u32, first: u32) -> Rows {
  return Rows(FROM_D_OUT, (((params.first + b) * params.T + first) * params.H + h) * E, params.H * E, params.T - 1u - first);
}

// Where dx of a key and four queries from t on is kept. t a multiple of 4. Meaningless where the query's block is before the key's, or t past the last block.
fn d_scores_at(b: u32, slot: u32, j: u32, t: u32) -> u32 {
  let side = (params.T + BLOCK - 1u) / BLOCK;
  let block = (b * params.all_slots + slot) * (side * (side + 1u) / 2u) + (t / BLOCK) * (t / BLOCK + 1u) / 2u + j / BLOCK;
  return ((block * BLOCK + j % BLOCK) * BLOCK + t % BLOCK) / 4u;
}

// Masks of one query and four neighbouring keys.
fn mask_of_keys(b: u32, h: u32, t: u32, slots: u32, s: u32, j: u32) -> vec4f {
  return vec4f(
    mask_of(b, h, t, slots, s, j),
    mask_of(b, h, t, slots, s, j + 1u),
    mask_of(b, h, t, slots, s, j + 2u),
    mask_of(b, h, t, slots, s, j + 3u),
  );
}

// Masks of four neighbouring queries and one key.
fn mask_of_queries(b: u32, h: u32, t: u32, slots: u32, s: u32, j: u32) -> vec4f {
  return vec4f(
    mask_of(b, h, t, slots, s, j),
    mask_of(b, h, t + 1u, slots, s, j),
    mask_of(b, h, t + 2u, slots, s, j),
    mask_of(b, h, t + 3u, slots, s, j),
  );
}

fn query_index(b: u32, t: u32, h: u32) -> u32 {
  return ((params.first + b) * params.T + min(t, params.T - 1u)) * params.H + h;
}

// Blocks of four keys, from j0 on, that the last of an invocation's queries sees.
fn blocks_seen(first: u32, ty: u32, j0: u32) -> u32 {
  let last = min(first + ((GROUPS_M - 1u) * DOWN + ty) * 4u + 3u, params.T - 1u);
  return min((max(last + 4u, j0) - j0) / 4u, BLOCKS);
}
