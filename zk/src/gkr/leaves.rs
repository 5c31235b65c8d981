//! Range-check leaves `1 / (x - v)` and the layers next to them, in base-field arithmetic.
//!
//! Nothing of the leaves or of the layer above (two leaves each) is stored: both are
//! computed from the stack, here with `v` the leaves' values and `x` a segment's shift,
//! ```text
//! leaf                 n = 1             d = x - v
//! two leaves           n = 2x - a        d = x^2 - a x + b     a = v0 + v1, b = v0 v1
//! ```
//! In the leaves' layer `n` does not depend on position and child, so that
//! ```text
//! n0 d1 + n1 d0 + lambda d0 d1 = lambda (d0 + n/lambda) (d1 + n/lambda) - n^2 / lambda
//! ```
//! and the sumcheck runs over the single factor `d + n/lambda` ([`Factors`]); the sum of
//! the `n^2` is known from the segments ([`super::indicator`]).

use super::layer::{Block, Children, Element, Fraction, Source, multiplier};
use super::weights::{GROUP_CHUNKS, Weights};
use crate::field::lanes::{self, CHUNK, Ext, LANES, LOG_CHUNK, Lane, Multiplier};
use crate::field::{F, K};
use ark_ff::Field;
use p3_field::{PackedValue, PrimeCharacteristicRing};

/// Elements of one group; segments start and end on group borders.
pub(crate) const GROUP: usize = GROUP_CHUNKS * CHUNK;

/// Stack elements `start..end` (multiples of [`GROUP`]) that are looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// `x`: the leaves are `1 / (x - v)`.
    pub(crate) shift: K,
}

/// The fractions `1 / (x - v)` for stack elements `v` in segments, `0/1` elsewhere.
pub(crate) struct StackLeaves<'a> {
    /// Padded to whole groups.
    stack: &'a [F],
    pub(super) segments: Vec<Segment>,
    /// Segment of each group, `segments.len()` for none; a multiple of four groups.
    tags: Vec<u32>,
    pub(super) chunk_bits: usize,
}

impl<'a> StackLeaves<'a> {
    /// `stack`: a multiple of [`GROUP`] elements, at most `2^num_vars`. `segments`:
    /// disjoint, sorted, on group borders.
    pub(crate) fn new(stack: &'a [F], segments: Vec<Segment>, num_vars: usize) -> Self {
        let groups = (stack.len() / GROUP).next_multiple_of(4);
        let mut tags = vec![segments.len() as u32; groups];
        for (i, s) in segments.iter().enumerate() {
            tags[s.start / GROUP..s.end / GROUP].fill(i as u32);
        }
        Self {
            stack,
            segments,
            tags,
            chunk_bits: num_vars - LOG_CHUNK,
        }
    }

    /// Segment of a group of leaves.
    #[inline(always)]
    fn tag(&self, group: usize) -> usize {
        self.tags[group] as usize
    }

    /// What `N` groups from `first` consist of.
    #[inline(always)]
    fn block<'b, const N: usize, C>(&self, first: usize, constants: &'b [C]) -> Block<&'b C> {
        let tag = self.tags[first];
        if self.tags[first + 1..first + N].iter().any(|&t| t != tag) {
            return Block::Mixed;
        }
        match constants.get(tag as usize) {
            Some(c) => Block::Regular(c),
            None => Block::Pad,
        }
    }

    #[inline(always)]
    fn leaf(&self, chunk: usize, lane: usize) -> Lane {
        lanes::base_lane(self.stack, chunk * CHUNK + lane * Lane::WIDTH)
    }

    /// Sum and product of the two leaves of `chunk` of the layer above.
    #[inline(always)]
    fn pair(&self, chunk: usize, lane: usize) -> (Lane, Lane) {
        let (a, b) = (self.leaf(2 * chunk, lane), self.leaf(2 * chunk + 1, lane));
        (a + b, a * b)
    }

    /// What `constants` makes of each segment's shift.
    fn map<C>(&self, constants: impl Fn(K) -> C) -> Vec<C> {
        self.segments.iter().map(|s| constants(s.shift)).collect()
    }
}

/// The layer above the leaves.
pub(super) struct Pairs<'a> {
    leaves: &'a StackLeaves<'a>,
    constants: Vec<PairConstants>,
}

/// Of one segment.
pub(super) struct PairConstants {
    segment: usize,
    x: Multiplier<Lane>,
    /// `2x` and `x^2`.
    pair: [Ext<Lane>; 2],
    /// `4x^3` and `x^4`.
    four: [Ext<Lane>; 2],
    /// Coefficients of `a3, a2, a1` in `n` and `d` of four leaves.
    n: [Ext<Lane>; 3],
    d: [Ext<Lane>; 3],
}

/// Of a challenge `s`.
pub(super) struct PairBound {
    s: Multiplier<Lane>,
    /// `s`, `-x`, `-s x` of each segment.
    by_segment: Vec<[Ext<Lane>; 3]>,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(leaves: &'a StackLeaves<'a>) -> Self {
        let constants = leaves.segments.iter().enumerate().map(|(segment, s)| {
            let x = s.shift;
            let (x2, x3) = (x * x, x * x * x);
            PairConstants {
                segment,
                x: multiplier(x),
                pair: [x + x, x2].map(lanes::broadcast),
                four: [x3 + x3 + x3 + x3, x2 * x2].map(lanes::broadcast),
                n: [-(x2 + x2 + x2), x + x, -K::ONE].map(lanes::broadcast),
                d: [-x3, x2, -x].map(lanes::broadcast),
            }
        });
        let constants = constants.collect();
        Self { leaves, constants }
    }

    /// `c0 v0 + c1 v1 + c2 v2`.
    #[inline(always)]
    fn dot(c: &[Ext<Lane>; 3], v: &[Lane; 3]) -> Ext<Lane> {
        let [a, b, c] = c;
        Ext([
            Lane::dot_product::<3>(&[a.0[0], b.0[0], c.0[0]], v),
            Lane::dot_product::<3>(&[a.0[1], b.0[1], c.0[1]], v),
            Lane::dot_product::<3>(&[a.0[2], b.0[2], c.0[2]], v),
        ])
    }
}

impl Source<Fraction> for Pairs<'_> {
    type Bound = PairBound;
    type Constants = PairConstants;

    fn chunks(&self) -> usize {
        self.leaves.tags.len() * 2
    }

    #[inline(always)]
    fn get(&self, chunk: usize, lane: usize) -> Fraction {
        let Some(c) = self.constants.get(self.leaves.tag(chunk / 2)) else {
            return Fraction::PAD;
        };
        let (a, b) = self.leaves.pair(chunk, lane);
        let product = Ext([a, Lane::ZERO, Lane::ZERO]).times(&c.x);
        Fraction {
            n: c.pair[0].sub_base(a),
            d: (c.pair[1] - product).add_base(b),
        }
    }

    fn bind(&self, s: K) -> PairBound {
        PairBound {
            s: multiplier(s),
            by_segment: self.leaves.map(|x| [s, -x, -s * x].map(lanes::broadcast)),
        }
    }

    #[inline(always)]
    fn block(&self, block: usize) -> Block<&PairConstants> {
        self.leaves.block::<4, _>(4 * block, &self.constants)
    }

    fn folded_mixed(&self, low: usize, lane: usize, s: &PairBound) -> Fraction {
        self.get(low, lane).fold(self.get(low + 2, lane), &s.s)
    }

    #[inline(always)]
    fn folded(&self, c: &PairConstants, low: usize, lane: usize, s: &PairBound) -> Fraction {
        let bound = &s.by_segment[c.segment];
        let (a, b) = self.leaves.pair(low, lane);
        let (high_a, high_b) = self.leaves.pair(low + 2, lane);
        let (da, db) = (high_a - a, high_b - b);
        // n = 2x - a - s da,  d = x^2 + b + s db - x a - s x da
        let values = [db, a, da];
        let sum = Self::dot(bound, &values);
        Fraction {
            n: (c.pair[0] - bound[0].scale(da)).sub_base(a),
            d: (c.pair[1] + sum).add_base(b),
        }
    }

    /// Within one segment, with `A = da0 da1`, `B = da0 db1 + da1 db0`, `C = db0 db1`:
    /// `(2x + lambda x^2) A - (1 + lambda x) B + lambda C`.
    fn lead(&self, weights: &Weights, lambda: K) -> K {
        let factor = multiplier(lambda);
        let constants = self.leaves.map(|x| {
            let c = [x + x + lambda * x * x, -K::ONE - lambda * x, lambda];
            c.map(lanes::broadcast)
        });
        let [sum] = weights.sum(self.chunks() / GROUP_CHUNKS, |groups| {
            let mut total = [[Ext::ZERO; LANES]];
            let mut parts = [[Ext::<Lane>::ZERO; LANES]; 3];
            let mut current = constants.len();
            let flush = |tag: usize, parts: &mut [[Ext<Lane>; LANES]; 3], total: &mut [_]| {
                if let Some(constants) = constants.get(tag) {
                    for (part, constant) in parts.iter_mut().zip(constants) {
                        for (sum, part) in total.iter_mut().zip(part) {
                            *sum += core::mem::replace(part, Ext::ZERO) * *constant;
                        }
                    }
                }
            };
            for group in groups {
                let weight = weights.group(group);
                let tag = self.leaves.tag(2 * group);
                let first = GROUP_CHUNKS * group;
                if tag != self.leaves.tag(2 * group + 1) {
                    for (lane, sum) in total[0].iter_mut().enumerate() {
                        let get = |chunk| self.get(first + chunk, lane);
                        let (a, b) = (get(2).minus(get(0)), get(3).minus(get(1)));
                        *sum += Fraction::combine(a, b, &factor).times(&weight);
                    }
                    continue;
                }
                if tag == constants.len() {
                    continue;
                }
                if tag != current {
                    flush(current, &mut parts, &mut total[0]);
                    current = tag;
                }
                for lane in 0..LANES {
                    let step = |child| {
                        let (a, b) = self.leaves.pair(first + child, lane);
                        let (high_a, high_b) = self.leaves.pair(first + child + 2, lane);
                        (high_a - a, high_b - b)
                    };
                    let ((a0, b0), (a1, b1)) = (step(0), step(1));
                    let middle = Lane::dot_product::<2>(&[a0, a1], &[b1, b0]);
                    for (part, value) in parts.iter_mut().zip([a0 * a1, middle, b0 * b1]) {
                        part[lane] += weight.scale(value);
                    }
                }
            }
            flush(current, &mut parts, &mut total[0]);
            total
        });
        sum
    }
}

impl Children for Pairs<'_> {
    /// From the symmetric functions `a1, a2, a3, a4` of four leaves:
    /// `d = x^4 - a1 x^3 + a2 x^2 - a3 x + a4`, and `n` is its derivative.
    #[inline(always)]
    fn write_parent(&self, chunk: usize, lane: usize, out: &mut [Lane]) {
        let Some(c) = self.constants.get(self.leaves.tag(chunk)) else {
            Fraction::PAD.store(out);
            return;
        };
        let (s0, p0) = self.leaves.pair(2 * chunk, lane);
        let (s1, p1) = self.leaves.pair(2 * chunk + 1, lane);
        let third = Lane::dot_product::<2>(&[s0, s1], &[p1, p0]);
        let values = [s0 + s1, s0 * s1 + (p0 + p1), third];
        let fraction = Fraction {
            n: c.four[0] + Self::dot(&c.n, &values),
            d: (c.four[1] + Self::dot(&c.d, &values)).add_base(p0 * p1),
        };
        fraction.store(out);
    }
}

/// The factors `d + n/lambda` of the leaves.
pub(super) struct Factors<'a> {
    leaves: &'a StackLeaves<'a>,
    /// `x + 1/lambda` of each segment.
    shifts: Vec<Ext<Lane>>,
}

impl<'a> Factors<'a> {
    pub(super) fn new(leaves: &'a StackLeaves<'a>, inverse_lambda: K) -> Self {
        Self {
            leaves,
            shifts: leaves.map(|x| lanes::broadcast(x + inverse_lambda)),
        }
    }
}

impl Source<Ext<Lane>> for Factors<'_> {
    type Bound = (Ext<Lane>, Multiplier<Lane>);
    type Constants = Ext<Lane>;

    fn chunks(&self) -> usize {
        self.leaves.tags.len() * GROUP_CHUNKS
    }

    #[inline(always)]
    fn get(&self, chunk: usize, lane: usize) -> Ext<Lane> {
        match self.shifts.get(self.leaves.tag(chunk / GROUP_CHUNKS)) {
            Some(shift) => shift.sub_base(self.leaves.leaf(chunk, lane)),
            None => Ext::PAD,
        }
    }

    fn bind(&self, s: K) -> Self::Bound {
        (lanes::broadcast(s), multiplier(s))
    }

    #[inline(always)]
    fn block(&self, block: usize) -> Block<&Ext<Lane>> {
        self.leaves.block::<2, _>(2 * block, &self.shifts)
    }

    #[inline(always)]
    fn folded(&self, shift: &Ext<Lane>, low: usize, lane: usize, s: &Self::Bound) -> Ext<Lane> {
        let (a, b) = (self.leaves.leaf(low, lane), self.leaves.leaf(low + 2, lane));
        (*shift - s.0.scale(b - a)).sub_base(a)
    }

    fn folded_mixed(&self, low: usize, lane: usize, s: &Self::Bound) -> Ext<Lane> {
        self.get(low, lane).fold(self.get(low + 2, lane), &s.1)
    }

    /// Differences do not depend on the shift.
    fn lead(&self, weights: &Weights, _: K) -> K {
        let [sum] = weights.sum(self.leaves.tags.len(), |groups| {
            let mut sums = [[Ext::ZERO; LANES]];
            for group in groups {
                if self.leaves.tag(group) == self.shifts.len() {
                    continue;
                }
                let weight = weights.group(group);
                for (lane, sum) in sums[0].iter_mut().enumerate() {
                    let leaf = |chunk| self.leaves.leaf(GROUP_CHUNKS * group + chunk, lane);
                    let (a, b) = (leaf(2) - leaf(0), leaf(3) - leaf(1));
                    *sum += weight.scale(a * b);
                }
            }
            sums
        });
        sum
    }
}
