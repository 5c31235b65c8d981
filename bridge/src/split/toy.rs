//! The canonical split over a toy prime, small enough to enumerate every candidate.

use ark_ff::{AdditiveGroup, Fp64, MontBackend, MontConfig};

use super::relation::conditions;

/// 241 = 2^8 - 2^4 + 1 has the shape of p with halves of 4 bits.
#[derive(MontConfig)]
#[modulus = "241"]
#[generator = "7"]
pub(crate) struct ToyConfig;
/// The toy field.
pub(crate) type Toy = Fp64<MontBackend<ToyConfig, 1>>;

/// The toy prime.
pub(crate) const TOY: u64 = 241;
/// Bits of a toy word; its halves have half of them.
pub(crate) const BITS: u32 = 8;
/// Bits of half a word.
pub(crate) const HALF: u32 = BITS / 2;

/// Whether the three conditions accept these chunks (most significant first, with their widths) and this inverse. No
/// chunk crosses the border of the halves.
pub(crate) fn accepts(chunks: &[(u64, u32)], inverse: u64) -> bool {
    let word = spelled(chunks);
    let gap = Toy::from((1 << HALF) - 1 - (word >> HALF));
    let low = Toy::from(word & ((1 << HALF) - 1));
    let parts = conditions(gap, Toy::from(inverse), low);
    parts.iter().all(|part| *part == Toy::ZERO)
}

/// The integer that chunks spell.
pub(crate) fn spelled(chunks: &[(u64, u32)]) -> u64 {
    chunks
        .iter()
        .fold(0, |word, (chunk, width)| word << width | chunk)
}

/// All lists of chunks of these widths.
pub(crate) fn all_chunks(widths: &[u32]) -> Vec<Vec<(u64, u32)>> {
    assert_eq!(widths.iter().sum::<u32>(), BITS);
    widths.iter().fold(vec![Vec::new()], |lists, &width| {
        let longer = |list: &Vec<(u64, u32)>| {
            let list = list.clone();
            (0..1u64 << width).map(move |chunk| [list.as_slice(), &[(chunk, width)]].concat())
        };
        lists.iter().flat_map(longer).collect()
    })
}
