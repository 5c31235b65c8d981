//! The values of one layer, stored or computed, and the passes of its sumcheck.

use super::weights::{GROUP_CHUNKS, Weights};
use crate::field::K;
use crate::field::lanes::{self, CHUNK, Ext, LANES, Lane, Multiplier};
use ark_ff::{AdditiveGroup, Field};
use core::marker::PhantomData;
use p3_field::{PackedValue, PrimeCharacteristicRing};
use rayon::prelude::*;

/// Chunks that one task of [`parents`] writes.
const PARENT_TASK: usize = 256;

/// One lane of a layer's values.
pub(super) trait Element: Copy + Send + Sync {
    /// SIMD words it takes.
    const WORDS: usize;
    /// Beyond the stored prefix.
    const PAD: Self;
    fn load(words: &[Lane]) -> Self;
    fn store(self, words: &mut [Lane]);
    fn minus(self, low: Self) -> Self;
    /// `self + s (high - self)`.
    fn fold(self, high: Self, s: &Multiplier<Lane>) -> Self;
    /// What the sumcheck adds up for children `a` and `b`.
    fn combine(a: Self, b: Self, lambda: &Multiplier<Lane>) -> Ext<Lane>;
    /// [`Self::combine`] of two [`Self::PAD`].
    fn combined_pad(lambda: K) -> K;
}

/// Numerators and denominators.
#[derive(Clone, Copy)]
pub(super) struct Fraction {
    pub(super) n: Ext<Lane>,
    pub(super) d: Ext<Lane>,
}

impl Fraction {
    /// The sum of two fractions.
    #[inline(always)]
    fn sum(a: Self, b: Self) -> Self {
        Self {
            n: a.n.times_plus(b.d, b.n, a.d),
            d: a.d * b.d,
        }
    }
}

impl Element for Fraction {
    const WORDS: usize = 6;
    const PAD: Self = Self {
        n: Ext::ZERO,
        d: Ext::ONE,
    };

    #[inline(always)]
    fn load(words: &[Lane]) -> Self {
        let (n, d) = words.split_at(3);
        Self {
            n: Ext::load(n),
            d: Ext::load(d),
        }
    }

    #[inline(always)]
    fn store(self, words: &mut [Lane]) {
        let (n, d) = words.split_at_mut(3);
        Ext::store(self.n, n);
        Ext::store(self.d, d);
    }

    #[inline(always)]
    fn minus(self, low: Self) -> Self {
        Self {
            n: self.n - low.n,
            d: self.d - low.d,
        }
    }

    #[inline(always)]
    fn fold(self, high: Self, s: &Multiplier<Lane>) -> Self {
        Self {
            n: self.n.fold(high.n, s),
            d: self.d.fold(high.d, s),
        }
    }

    /// `n0 d1 + n1 d0 + lambda d0 d1`.
    #[inline(always)]
    fn combine(a: Self, b: Self, lambda: &Multiplier<Lane>) -> Ext<Lane> {
        a.n.times_plus(b.d, b.n + b.d.times(lambda), a.d)
    }

    fn combined_pad(lambda: K) -> K {
        lambda
    }
}

/// A single factor: the values of a layer whose sumcheck is about `a b`.
impl Element for Ext<Lane> {
    const WORDS: usize = 3;
    const PAD: Self = Self::ONE;

    #[inline(always)]
    fn load(words: &[Lane]) -> Self {
        Self([words[0], words[1], words[2]])
    }

    #[inline(always)]
    fn store(self, words: &mut [Lane]) {
        words.copy_from_slice(&self.0);
    }

    #[inline(always)]
    fn minus(self, low: Self) -> Self {
        self - low
    }

    #[inline(always)]
    fn fold(self, high: Self, s: &Multiplier<Lane>) -> Self {
        self + (high - self).times(s)
    }

    #[inline(always)]
    fn combine(a: Self, b: Self, _: &Multiplier<Lane>) -> Ext<Lane> {
        a * b
    }

    fn combined_pad(_: K) -> K {
        K::ONE
    }
}

/// The values of a layer.
pub(super) trait Source<T: Element>: Sync {
    /// What [`Self::folded`] needs to know about the challenge.
    type Bound: Sync;

    /// Chunks of the stored prefix, a multiple of [`GROUP_CHUNKS`].
    fn chunks(&self) -> usize;

    /// One lane of a chunk.
    fn get(&self, chunk: usize, lane: usize) -> T;

    /// Prepares the challenge `s`.
    fn bind(&self, s: K) -> Self::Bound;

    /// Chunk `low` of an unbound half folded with chunk `low + 2`.
    fn folded(&self, low: usize, lane: usize, s: &Self::Bound) -> T;

    /// The sum of the products of the children's differences: the leading coefficient
    /// of the first round.
    fn lead(&self, weights: &Weights, lambda: K) -> K {
        let lambda = multiplier(lambda);
        let [sum] = weights.sum(self.chunks() / GROUP_CHUNKS, |groups| {
            let mut sums = [[Ext::ZERO; LANES]];
            for group in groups {
                let weight = weights.group(group);
                for (lane, sum) in sums[0].iter_mut().enumerate() {
                    let get = |chunk| self.get(GROUP_CHUNKS * group + chunk, lane);
                    let (a, b) = (get(2).minus(get(0)), get(3).minus(get(1)));
                    *sum += T::combine(a, b, &lambda).times(&weight);
                }
            }
            sums
        });
        sum
    }
}

/// A layer of fractions from which the layer above is computed.
pub(super) trait Children: Source<Fraction> {
    /// One lane of a chunk of the parents.
    #[inline(always)]
    fn parent(&self, chunk: usize, lane: usize) -> Fraction {
        Fraction::sum(self.get(2 * chunk, lane), self.get(2 * chunk + 1, lane))
    }
}

/// Values in memory.
pub(super) struct Stored<T> {
    words: Vec<Lane>,
    chunks: usize,
    element: PhantomData<T>,
}

impl<T: Element> Stored<T> {
    /// Room for `chunks` chunks.
    fn new(chunks: usize, buffers: &mut Buffers) -> Self {
        Self {
            words: buffers.take(chunks * Self::CHUNK_WORDS),
            chunks,
            element: PhantomData,
        }
    }

    const CHUNK_WORDS: usize = LANES * T::WORDS;

    fn used(&mut self) -> &mut [Lane] {
        &mut self.words[..self.chunks * Self::CHUNK_WORDS]
    }

    /// Gives the memory back.
    pub(super) fn free(self, buffers: &mut Buffers) {
        buffers.give(self.words);
    }
}

impl Stored<Fraction> {
    /// Fractions completed by `0/1`.
    pub(super) fn from_fractions(fractions: &[(K, K)]) -> Self {
        let chunks = fractions
            .len()
            .div_ceil(CHUNK)
            .next_multiple_of(GROUP_CHUNKS);
        let mut stored = Self::new(chunks, &mut Buffers::default());
        let get = |i: usize| fractions.get(i).copied().unwrap_or((K::ZERO, K::ONE));
        for (i, words) in stored.used().chunks_exact_mut(Fraction::WORDS).enumerate() {
            let fraction = Fraction {
                n: lanes::pack(|j| get(i * Lane::WIDTH + j).0),
                d: lanes::pack(|j| get(i * Lane::WIDTH + j).1),
            };
            fraction.store(words);
        }
        stored
    }

    /// Numerators and denominators of one chunk.
    pub(super) fn values(&self, chunk: usize) -> [Vec<K>; 2] {
        let part = |lane| self.get(chunk, lane);
        let all = |f: &dyn Fn(Fraction) -> Ext<Lane>| {
            (0..LANES)
                .flat_map(|lane| lanes::unpack(f(part(lane))))
                .collect()
        };
        [all(&|f| f.n), all(&|f| f.d)]
    }
}

impl Stored<Ext<Lane>> {
    /// The values of one chunk.
    pub(super) fn values(&self, chunk: usize) -> Vec<K> {
        (0..LANES)
            .flat_map(|lane| lanes::unpack(self.get(chunk, lane)))
            .collect()
    }
}

impl<T: Element> Source<T> for Stored<T> {
    type Bound = Multiplier<Lane>;

    fn chunks(&self) -> usize {
        self.chunks
    }

    #[inline(always)]
    fn get(&self, chunk: usize, lane: usize) -> T {
        let start = (chunk * LANES + lane) * T::WORDS;
        T::load(&self.words[start..start + T::WORDS])
    }

    fn bind(&self, s: K) -> Self::Bound {
        multiplier(s)
    }

    #[inline(always)]
    fn folded(&self, low: usize, lane: usize, s: &Self::Bound) -> T {
        self.get(low, lane).fold(self.get(low + 2, lane), s)
    }
}

impl Children for Stored<Fraction> {}

/// The layer above.
pub(super) fn parents<C: Children>(children: &C, buffers: &mut Buffers) -> Stored<Fraction> {
    let used = children.chunks() / 2;
    let chunks = used.next_multiple_of(GROUP_CHUNKS);
    let mut out = Stored::new(chunks, buffers);
    let words = Stored::<Fraction>::CHUNK_WORDS;
    let write = |(task, part): (usize, &mut [Lane])| {
        for (i, part) in part.chunks_exact_mut(words).enumerate() {
            let chunk = task * PARENT_TASK + i;
            for (lane, part) in part.chunks_exact_mut(Fraction::WORDS).enumerate() {
                if chunk < used {
                    children.parent(chunk, lane).store(part);
                } else {
                    Fraction::PAD.store(part);
                }
            }
        }
    };
    let size = PARENT_TASK * words;
    if chunks <= 2 * PARENT_TASK {
        out.used().chunks_mut(size).enumerate().for_each(write);
    } else {
        out.used().par_chunks_mut(size).enumerate().for_each(write);
    }
    out
}

/// Binds the lowest bit of the parents' index to `s`, and computes `q(0)` and the leading
/// coefficient of `q` for the next bit.
pub(super) fn fold_and_sum<T: Element, S: Source<T>>(
    source: &S,
    s: K,
    weights: &Weights,
    lambda: K,
    buffers: &mut Buffers,
) -> (Stored<T>, [K; 2]) {
    let chunks = source.chunks();
    let groups = chunks.div_ceil(2 * GROUP_CHUNKS);
    let mut out = Stored::new(groups * GROUP_CHUNKS, buffers);
    let words = GROUP_CHUNKS * Stored::<T>::CHUNK_WORDS;
    let (s, factor) = (source.bind(s), multiplier(lambda));
    let [q0, q2] = weights.sum_and_write(groups, out.used(), words, |groups, out| {
        let mut sums = [[Ext::ZERO; LANES]; 2];
        for (group, out) in groups.zip(out.chunks_exact_mut(words)) {
            let weight = weights.group(group);
            let first = 2 * GROUP_CHUNKS * group;
            let whole = first + 2 * GROUP_CHUNKS <= chunks;
            #[expect(
                clippy::needless_range_loop,
                reason = "the lane selects in several places"
            )]
            for lane in 0..LANES {
                let a = source.folded(first, lane, &s);
                let b = source.folded(first + 1, lane, &s);
                let (c, d) = if whole {
                    let c = source.folded(first + 4, lane, &s);
                    (c, source.folded(first + 5, lane, &s))
                } else {
                    (T::PAD, T::PAD)
                };
                let mut store = |i: usize, value: T| {
                    let start = (i * LANES + lane) * T::WORDS;
                    value.store(&mut out[start..start + T::WORDS]);
                };
                store(0, a);
                store(1, b);
                store(2, c);
                store(3, d);
                sums[0][lane] += T::combine(a, b, &factor).times(&weight);
                sums[1][lane] += T::combine(c.minus(a), d.minus(b), &factor).times(&weight);
            }
        }
        sums
    });
    let pad = T::combined_pad(lambda) * (K::ONE - weights.total(groups));
    (out, [q0 + pad, q2])
}

/// `value` as a factor of whole lanes.
pub(super) fn multiplier(value: K) -> Multiplier<Lane> {
    Multiplier::new(lanes::broadcast(value))
}

/// Memory that one layer leaves to the next ones.
#[derive(Default)]
pub(super) struct Buffers(Vec<Vec<Lane>>);

impl Buffers {
    /// The smallest buffer of at least `words` lanes; its content is arbitrary.
    fn take(&mut self, words: usize) -> Vec<Lane> {
        let fitting = self.0.iter().enumerate().filter(|(_, b)| b.len() >= words);
        match fitting.min_by_key(|(_, b)| b.len()).map(|(i, _)| i) {
            Some(i) => self.0.swap_remove(i),
            None => Lane::zero_vec(words),
        }
    }

    fn give(&mut self, buffer: Vec<Lane>) {
        self.0.push(buffer);
    }
}
