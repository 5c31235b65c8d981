//! The Reed-Solomon code of rate 1/2: many columns are encoded side by side.
//!
//! A message of `2^m` elements is the list of coefficients of a polynomial; position `p` of
//! its codeword is the value at [`Domain::point`]`(p) = w^rev(p)`, for a root of unity `w` of order
//! `2^(m+1)` and `rev` the reversal of `m + 1` bits. In this order the first and the second half of
//! the codeword are the reductions modulo `X^(2^m) - 1` and `X^(2^m) + 1`, and so on down:
//! block `j` of a layer has the modulus `X^(2h) - c^2`, its children `X^h - c` and `X^h + c`, where
//! `c = w^rev'(j)` depends on the block only. So a transform works in place, needs one
//! table of roots, and both halves share the first, empty, layer.

use crate::field::F;
use crate::field::lanes::{Lane, base};
use ark_ff::AdditiveGroup;
use p3_field::{PackedValue, PrimeCharacteristicRing, TwoAdicField};
use p3_goldilocks::Goldilocks;
use rayon::prelude::*;

/// Rows that one task transposes.
const TASK: usize = 1 << 10;
/// Elements of a cache line.
const LINE: usize = 8;
/// Lanes of a block that is transformed by one task, layer by layer.
const IN_CACHE: usize = 1 << 10;

/// The positions of a codeword.
#[derive(Clone, Copy, Debug)]
pub(super) struct Domain {
    log_rows: usize,
}

impl Domain {
    /// Positions for messages of `2^log_rows` elements.
    pub(super) const fn new(log_rows: usize) -> Self {
        Self { log_rows }
    }

    /// The point of position `p`.
    pub(super) fn point(self, p: usize) -> Goldilocks {
        Goldilocks::two_adic_generator(self.log_rows + 1).exp_u64(self.exponent(p) as u64)
    }

    /// The exponent of the point of position `p`.
    pub(super) const fn exponent(self, p: usize) -> usize {
        p.reverse_bits() >> (usize::BITS as usize - 1 - self.log_rows)
    }
}

/// Encodes batches of columns.
pub(super) struct Encoder {
    log_rows: usize,
    /// `w^rev'(j)`.
    roots: Vec<Goldilocks>,
}

impl Encoder {
    /// For messages of `2^log_rows` elements.
    pub(super) fn new(log_rows: usize) -> Self {
        let w = Goldilocks::two_adic_generator(log_rows + 1);
        let mut roots = Vec::with_capacity(1 << log_rows);
        roots.push(Goldilocks::ONE);
        for bit in (0..log_rows).rev() {
            let step = w.exp_power_of_2(bit);
            roots.extend_from_within(..);
            let half = roots.len() / 2;
            roots[half..].iter_mut().for_each(|root| *root *= step);
        }
        Self { log_rows, roots }
    }

    /// One half (0 or 1) of the codewords of `columns` (each a message, zero beyond its length), into
    /// `out`: one row a position, of [`row_width`] elements.
    pub(super) fn encode(&self, columns: &[&[F]], half: usize, out: &mut Vec<Goldilocks>) {
        self.encode_wanted(columns, half, None, out);
    }

    /// The same for the rows at the sorted positions `wanted`, counted from the start of the half; the others
    /// are left unfinished.
    pub(super) fn encode_at(
        &self,
        columns: &[&[F]],
        half: usize,
        wanted: &[usize],
        out: &mut Vec<Goldilocks>,
    ) {
        self.encode_wanted(columns, half, Some(wanted), out);
    }

    fn encode_wanted(
        &self,
        columns: &[&[F]],
        half: usize,
        wanted: Option<&[usize]>,
        out: &mut Vec<Goldilocks>,
    ) {
        let width = row_width(columns.len());
        out.resize(width << self.log_rows, Goldilocks::ZERO);
        out.par_chunks_mut(TASK * width)
            .enumerate()
            .for_each(|(task, out)| transpose(columns, task * TASK, out));
        self.transform(Lane::pack_slice_mut(out), self.log_rows, half, wanted);
    }

    /// Splits block `block`, of `2^log` rows, down to single rows; `wanted` are positions in the whole half.
    fn transform(&self, rows: &mut [Lane], log: usize, block: usize, wanted: Option<&[usize]>) {
        if rows.len() <= IN_CACHE {
            self.transform_in_cache(rows, log, block);
            return;
        }
        let layers = layers(log);
        match layers {
            1 => self.split_parallel::<2>(rows, block),
            2 => self.split_parallel::<4>(rows, block),
            _ => self.split_parallel::<8>(rows, block),
        }
        let size = rows.len() >> layers;
        rows.par_chunks_mut(size).enumerate().for_each(|(i, rows)| {
            let block = (block << layers) + i;
            let log = log - layers;
            if wanted.is_none_or(|w| {
                contains(w, (block % (1 << (self.log_rows - log))) << log, 1 << log)
            }) {
                self.transform(rows, log, block, wanted);
            }
        });
    }

    /// The same layer by layer.
    fn transform_in_cache(&self, rows: &mut [Lane], log: usize, block: usize) {
        let mut done = 0;
        while done < log {
            let layers = layers(log - done);
            let size = rows.len() >> done;
            let blocks = rows.chunks_exact_mut(size).zip(block << done..);
            match layers {
                1 => blocks
                    .for_each(|(rows, block)| butterflies(parts(rows), &self.roots::<2>(block))),
                2 => blocks
                    .for_each(|(rows, block)| butterflies(parts(rows), &self.roots::<4>(block))),
                _ => blocks
                    .for_each(|(rows, block)| butterflies(parts(rows), &self.roots::<8>(block))),
            }
            done += layers;
        }
    }

    /// The first `log2 N` layers of a block.
    fn split_parallel<const N: usize>(&self, rows: &mut [Lane], block: usize) {
        let roots = self.roots::<N>(block);
        let step = IN_CACHE / N;
        let tasks = (rows.len() / N).div_ceil(step);
        let mut parts = parts::<N>(rows).map(|part| part.chunks_mut(step));
        let tasks: Vec<[&mut [Lane]; N]> = (0..tasks)
            .map(|_| parts.each_mut().map(|part| part.next().unwrap_or_default()))
            .collect();
        tasks
            .into_par_iter()
            .for_each(|parts| butterflies(parts, &roots));
    }

    /// The roots of the first `log2 N` layers of a block; entry `2^l + i` belongs to block `i` of layer `l`.
    #[inline(always)]
    fn roots<const N: usize>(&self, block: usize) -> [Goldilocks; N] {
        core::array::from_fn(|at| match at.checked_ilog2() {
            None => Goldilocks::ONE,
            Some(layer) => self.roots[(block << layer) + at - (1 << layer)],
        })
    }
}

/// Whether a sorted list has an element in `start..start + len`.
fn contains(sorted: &[usize], start: usize, len: usize) -> bool {
    let next = sorted.get(sorted.partition_point(|&p| p < start));
    next.is_some_and(|&p| p < start + len)
}

/// Layers that are done in one pass over a block of `2^log` rows: three, but for the first ones.
const fn layers(log: usize) -> usize {
    (log + 2) % 3 + 1
}

/// A block's `N` parts of equal size.
#[inline(always)]
fn parts<const N: usize>(rows: &mut [Lane]) -> [&mut [Lane]; N] {
    let size = rows.len() / N;
    let mut rest = rows;
    core::array::from_fn(|_| {
        let (part, tail) = core::mem::take(&mut rest).split_at_mut(size);
        rest = tail;
        part
    })
}

/// `log2 N` layers over the `N` parts of a block.
#[inline(always)]
fn butterflies<const N: usize>(mut parts: [&mut [Lane]; N], roots: &[Goldilocks; N]) {
    let roots = roots.map(Lane::from);
    let len = parts[0].len();
    for at in 0..len {
        let mut v = [Lane::ZERO; N];
        for (v, part) in v.iter_mut().zip(&parts) {
            *v = part[at];
        }
        let mut half = N / 2;
        let mut blocks = 1;
        while half > 0 {
            for block in 0..blocks {
                for i in 0..half {
                    let low = 2 * half * block + i;
                    let (a, b) = (v[low], v[low + half] * roots[blocks + block]);
                    v[low] = a + b;
                    v[low + half] = a - b;
                }
            }
            half /= 2;
            blocks *= 2;
        }
        for (v, part) in v.iter().zip(&mut parts) {
            part[at] = *v;
        }
    }
}

/// Rows `start..` of the matrix with these columns.
fn transpose(columns: &[&[F]], start: usize, out: &mut [Goldilocks]) {
    let width = row_width(columns.len());
    // A cache line of each column at a time.
    for (rows, start) in out.chunks_mut(LINE * width).zip((start..).step_by(LINE)) {
        for c in 0..width {
            let column = columns.get(c).and_then(|column| column.get(start..));
            let column = column.unwrap_or(&[]);
            let rows = rows.chunks_exact_mut(width);
            match column.first_chunk::<LINE>() {
                Some(line) => rows.zip(line).for_each(|(row, &v)| row[c] = base(v)),
                None => rows
                    .zip(column.iter().copied().chain(core::iter::repeat(F::ZERO)))
                    .for_each(|(row, v)| row[c] = base(v)),
            }
        }
    }
}

/// Elements of an encoded row of `columns` columns: whole lanes.
pub(super) const fn row_width(columns: usize) -> usize {
    columns.next_multiple_of(Lane::WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::lanes::from_base;
    use crate::multilinear::tests::elements;

    #[test]
    fn codewords_are_the_polynomials_values() {
        for log_rows in 0..12 {
            let encoder = Encoder::new(log_rows);
            let domain = Domain::new(log_rows);
            let rows: usize = 1 << log_rows;
            let columns: Vec<Vec<F>> = [rows, 1, rows.div_ceil(3)]
                .iter()
                .map(|&n| elements(n as u64, n).iter().map(|v| v.c1).collect())
                .collect();
            let columns: Vec<&[F]> = columns.iter().map(Vec::as_slice).collect();
            let mut out = Vec::new();
            for half in 0..2 {
                encoder.encode(&columns, half, &mut out);
                for (i, row) in out.chunks(row_width(3)).enumerate() {
                    let x = from_base(domain.point(half * rows + i));
                    for (column, &v) in columns.iter().zip(row) {
                        let horner = column.iter().rev().fold(F::from(0), |s, &c| s * x + c);
                        assert_eq!(from_base(v), horner);
                    }
                }
            }
        }
    }

    #[test]
    fn wanted_rows_are_encoded() {
        let log_rows = 13;
        let encoder = Encoder::new(log_rows);
        let columns: Vec<Vec<F>> = (0..10)
            .map(|c| elements(c, 4000).iter().map(|v| v.c0).collect())
            .collect();
        let columns: Vec<&[F]> = columns.iter().map(Vec::as_slice).collect();
        let (mut all, mut some) = (Vec::new(), Vec::new());
        let width = row_width(columns.len());
        for half in 0..2 {
            encoder.encode(&columns, half, &mut all);
            for wanted in [vec![], vec![0, 1, 77, 4095, 4096, 8191], vec![5000]] {
                encoder.encode_at(&columns, half, &wanted, &mut some);
                for at in wanted {
                    let range = at * width..(at + 1) * width;
                    assert_eq!(all[range.clone()], some[range]);
                }
                assert_ne!(all, some, "blocks are skipped");
            }
        }
    }

    #[test]
    fn points_are_distinct() {
        let domain = Domain::new(6);
        let mut points: Vec<F> = (0..128).map(|p| from_base(domain.point(p))).collect();
        points.sort_unstable();
        points.dedup();
        assert_eq!(points.len(), 128);
    }
}
