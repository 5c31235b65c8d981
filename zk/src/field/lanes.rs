//! Packed arithmetic for the provers' hot loops.
//!
//! A table of extension elements is stored as three coordinate vectors
//! ([`Table`]), so that the SIMD words of `p3-goldilocks` ([`Lane`]) run over
//! consecutive elements. [`Ext`] is the multiplication of `K = F[X]/(X^3 - 2)`
//! written once for single elements and for whole lanes.

use super::{F, K, f, to_word};
use core::ops::{Add, AddAssign, Mul, Sub};
use p3_field::{PackedValue, PrimeCharacteristicRing, PrimeField64};
use p3_goldilocks::Goldilocks;

/// One SIMD word of base field elements.
pub(crate) type Lane = <Goldilocks as p3_field::Field>::Packing;

/// Elements that are processed together: a multiple of every lane width.
pub(crate) const CHUNK: usize = 16;
/// `log2(CHUNK)`.
pub(crate) const LOG_CHUNK: usize = 4;
/// Lanes per chunk.
pub(crate) const LANES: usize = CHUNK / Lane::WIDTH;

/// `c0 + c1 X + c2 X^2` with coordinates in `A` (one element or one lane).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ext<A>(pub(crate) [A; 3]);

impl<A: PrimeCharacteristicRing + Copy> Ext<A> {
    /// The additive identity.
    pub(crate) const ZERO: Self = Self([A::ZERO; 3]);

    /// The multiplicative identity.
    pub(crate) const ONE: Self = Self([A::ONE, A::ZERO, A::ZERO]);

    /// `self + b` for `b` in the base field.
    #[inline(always)]
    pub(crate) fn add_base(self, b: A) -> Self {
        Self([self.0[0] + b, self.0[1], self.0[2]])
    }

    /// `self - b` for `b` in the base field.
    #[inline(always)]
    pub(crate) fn sub_base(self, b: A) -> Self {
        Self([self.0[0] - b, self.0[1], self.0[2]])
    }

    /// `self * b` for `b` in the base field.
    #[inline(always)]
    pub(crate) fn scale(self, b: A) -> Self {
        let [a0, a1, a2] = self.0;
        Self([a0 * b, a1 * b, a2 * b])
    }
}

impl<A: PrimeCharacteristicRing + Copy> Add for Ext<A> {
    type Output = Self;
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        Self([self.0[0] + b.0[0], self.0[1] + b.0[1], self.0[2] + b.0[2]])
    }
}

impl<A: PrimeCharacteristicRing + Copy> AddAssign for Ext<A> {
    #[inline(always)]
    fn add_assign(&mut self, b: Self) {
        *self = *self + b;
    }
}

impl<A: PrimeCharacteristicRing + Copy> Sub for Ext<A> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        Self([self.0[0] - b.0[0], self.0[1] - b.0[1], self.0[2] - b.0[2]])
    }
}

impl<A: PrimeCharacteristicRing + Copy> Mul for Ext<A> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        self.times(&Multiplier::new(b))
    }
}

impl<A: PrimeCharacteristicRing + Copy> Ext<A> {
    /// `self * b`: nine base multiplications and three reductions, which is faster on
    /// lanes than Karatsuba's six products with their additions.
    #[inline(always)]
    pub(crate) fn times(self, b: &Multiplier<A>) -> Self {
        let dot = |row: [A; 3]| A::dot_product::<3>(&self.0, &row);
        let [r0, r1, r2] = b.rows();
        Self([dot(r0), dot(r1), dot(r2)])
    }

    /// `self * b + c * d`.
    #[inline(always)]
    pub(crate) fn times_plus(self, b: Self, c: Self, d: Self) -> Self {
        let ([a0, a1, a2], [c0, c1, c2]) = (self.0, c.0);
        let left = [a0, a1, a2, c0, c1, c2];
        let dot = |[b0, b1, b2]: [A; 3], [d0, d1, d2]: [A; 3]| {
            A::dot_product::<6>(&left, &[b0, b1, b2, d0, d1, d2])
        };
        let [b0, b1, b2] = Multiplier::new(b).rows();
        let [d0, d1, d2] = Multiplier::new(d).rows();
        Self([dot(b0, d0), dot(b1, d1), dot(b2, d2)])
    }
}

/// A factor of many products: its coordinates, and twice the last two of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Multiplier<A> {
    coordinates: [A; 3],
    twice: [A; 2],
}

impl<A: PrimeCharacteristicRing + Copy> Multiplier<A> {
    /// Prepares `b`.
    #[inline(always)]
    pub(crate) fn new(b: Ext<A>) -> Self {
        let [_, b1, b2] = b.0;
        Self {
            coordinates: b.0,
            twice: [b1.double(), b2.double()],
        }
    }

    /// What the coordinates of the other factor are multiplied by in each coordinate of
    /// the product (`X^3 = 2`).
    #[inline(always)]
    fn rows(&self) -> [[A; 3]; 3] {
        let ([b0, b1, b2], [t1, t2]) = (self.coordinates, self.twice);
        [[b0, t2, t1], [b1, b0, t2], [b2, b1, b0]]
    }
}

impl Multiplier<Lane> {
    /// The product with base field elements.
    #[inline(always)]
    pub(crate) fn scale(&self, b: Lane) -> Ext<Lane> {
        Ext(self.coordinates).scale(b)
    }
}

impl Multiplier<Goldilocks> {
    /// The same factor in every position of a lane.
    #[inline(always)]
    pub(crate) fn broadcast(&self) -> Multiplier<Lane> {
        let ([b0, b1, b2], [t1, t2]) = (self.coordinates, self.twice);
        Multiplier {
            coordinates: [Lane::from(b0), Lane::from(b1), Lane::from(b2)],
            twice: [Lane::from(t1), Lane::from(t2)],
        }
    }
}

/// Converts to the kernel's element type.
#[inline(always)]
pub(crate) fn base(value: F) -> Goldilocks {
    Goldilocks::new(to_word(value))
}

/// Converts from the kernel's element type.
#[inline(always)]
pub(crate) fn from_base(value: Goldilocks) -> F {
    f(value.as_canonical_u64())
}

/// Converts an extension element to the kernel's type.
#[inline(always)]
pub(crate) fn ext(value: K) -> Ext<Goldilocks> {
    Ext([base(value.c0), base(value.c1), base(value.c2)])
}

/// Converts an extension element from the kernel's type.
#[inline(always)]
pub(crate) fn from_ext(value: Ext<Goldilocks>) -> K {
    let [c0, c1, c2] = value.0;
    K::new(from_base(c0), from_base(c1), from_base(c2))
}

/// The same element in every position of a lane.
#[inline(always)]
pub(crate) fn broadcast(value: K) -> Ext<Lane> {
    let Ext([c0, c1, c2]) = ext(value);
    Ext([Lane::from(c0), Lane::from(c1), Lane::from(c2)])
}

/// The lane of the elements that `value` gives for its positions.
pub(crate) fn pack(value: impl Fn(usize) -> K) -> Ext<Lane> {
    let coordinates = |i| ext(value(i)).0;
    Ext(core::array::from_fn(|c| {
        Lane::from_fn(|i| coordinates(i)[c])
    }))
}

/// The elements of a lane.
pub(crate) fn unpack(value: Ext<Lane>) -> impl Iterator<Item = K> {
    let at = move |i: usize| Ext(value.0.map(|c| c.as_slice()[i]));
    (0..Lane::WIDTH).map(move |i| from_ext(at(i)))
}

/// The sum of the elements of a lane.
pub(crate) fn horizontal_sum(value: Ext<Lane>) -> K {
    let sum = |lane: Lane| from_base(lane.as_slice().iter().copied().sum());
    let [c0, c1, c2] = value.0;
    K::new(sum(c0), sum(c1), sum(c2))
}

/// A vector of extension elements, by coordinate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table(pub(crate) [Vec<Goldilocks>; 3]);

impl Table {
    /// `len` copies of `value`.
    pub(crate) fn filled(value: K, len: usize) -> Self {
        let Ext(c) = ext(value);
        Self(c.map(|c| vec![c; len]))
    }

    /// Number of elements.
    pub(crate) fn len(&self) -> usize {
        self.0[0].len()
    }

    /// Element `index`.
    pub(crate) fn get(&self, index: usize) -> K {
        from_ext(Ext([self.0[0][index], self.0[1][index], self.0[2][index]]))
    }

    /// Splits into mutable pieces of `size` elements (the last may be shorter).
    pub(crate) fn chunks_mut(&mut self, size: usize) -> Vec<ViewMut<'_>> {
        self.range_chunks_mut(0..self.len(), size)
    }

    /// Splits a range of elements into mutable pieces of `size` elements.
    pub(crate) fn range_chunks_mut(
        &mut self,
        range: core::ops::Range<usize>,
        size: usize,
    ) -> Vec<ViewMut<'_>> {
        let [a, b, c] = &mut self.0;
        a[range.clone()]
            .chunks_mut(size)
            .zip(b[range.clone()].chunks_mut(size))
            .zip(c[range].chunks_mut(size))
            .map(|((a, b), c)| ViewMut([a, b, c]))
            .collect()
    }
}

impl Extend<K> for Table {
    fn extend<I: IntoIterator<Item = K>>(&mut self, values: I) {
        for value in values {
            let Ext(c) = ext(value);
            for (column, c) in self.0.iter_mut().zip(c) {
                column.push(c);
            }
        }
    }
}

impl FromIterator<K> for Table {
    fn from_iter<I: IntoIterator<Item = K>>(values: I) -> Self {
        let mut table = Self::default();
        table.extend(values);
        table
    }
}

/// Write access to part of a [`Table`].
#[derive(Debug)]
pub(crate) struct ViewMut<'a>([&'a mut [Goldilocks]; 3]);

impl ViewMut<'_> {
    /// Number of elements.
    pub(crate) fn len(&self) -> usize {
        self.0[0].len()
    }

    /// Adds to element `index`.
    #[inline(always)]
    pub(crate) fn add(&mut self, index: usize, value: Ext<Goldilocks>) {
        for (column, value) in self.0.iter_mut().zip(value.0) {
            column[index] += value;
        }
    }

    /// Adds to the lane starting at element `offset`.
    #[inline(always)]
    pub(crate) fn add_lane(&mut self, offset: usize, value: Ext<Lane>) {
        for (column, lane) in self.0.iter_mut().zip(value.0) {
            let slot = Lane::from_slice_mut(&mut column[offset..offset + Lane::WIDTH]);
            *slot += lane;
        }
    }
}

/// The lane of field elements starting at `offset`.
#[inline(always)]
pub(crate) fn base_lane(values: &[F], offset: usize) -> Lane {
    let values = &values[offset..offset + Lane::WIDTH];
    Lane::from_fn(|i| base(values[i]))
}
