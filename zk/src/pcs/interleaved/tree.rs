//! Merkle trees, and one opening of many leaves without repetition.
//!
//! A node is `BLAKE3(left || right)`. The opening of a sorted set of leaves lists, layer by layer from the
//! leaves up and from left to right, the siblings that cannot be computed from the opened leaves. Both
//! sides derive from the positions alone which these are, so there is one encoding.

use super::hash::{Digest, MANY, hash_many};
use rayon::prelude::*;

/// The layer above.
fn parents(layer: &[Digest]) -> Vec<Digest> {
    let mut above = vec![[0; 32]; layer.len() / 2];
    above
        .par_chunks_mut(MANY)
        .zip(layer.par_chunks(2 * MANY))
        .with_min_len(64)
        .for_each(|(above, layer)| {
            let mut messages = [[0; 64]; MANY];
            for (message, pair) in messages.iter_mut().zip(layer.chunks_exact(2)) {
                message[..32].copy_from_slice(&pair[0]);
                message[32..].copy_from_slice(&pair[1]);
            }
            hash_many(&messages[..above.len()], above);
        });
    above
}

/// The root over `2^n` leaves.
pub(super) fn root(leaves: &[Digest]) -> Digest {
    let mut layer = match leaves {
        [root] => return *root,
        _ => parents(leaves),
    };
    while layer.len() > 1 {
        layer = parents(&layer);
    }
    layer.first().copied().unwrap_or_default()
}

/// The nodes that an opening of the sorted, distinct `positions` needs.
pub(super) fn open(leaves: Vec<Digest>, positions: &[usize]) -> Vec<Digest> {
    let mut layer = leaves;
    let mut known = positions.to_vec();
    let mut nodes = Vec::new();
    while layer.len() > 1 {
        nodes.extend(climb(&mut known).into_iter().map(|at| layer[at]));
        layer = parents(&layer);
    }
    nodes
}

/// Number of nodes of an opening in a tree with `2^height` leaves.
pub(super) fn opening_len(height: usize, positions: &[usize]) -> usize {
    let mut known = positions.to_vec();
    (0..height).map(|_| climb(&mut known).len()).sum()
}

/// The root that the opened leaves belong to; `nodes` must have the length of the opening.
pub(super) fn root_of_opening(
    height: usize,
    positions: &[usize],
    leaves: Vec<Digest>,
    nodes: &[Digest],
) -> Digest {
    let mut known = positions.to_vec();
    let mut digests = leaves;
    let mut nodes = nodes.iter();
    for _ in 0..height {
        let below = known.clone();
        climb(&mut known);
        let mut below = below.iter().zip(&digests).peekable();
        let mut above = Vec::with_capacity(known.len());
        while let Some((&at, digest)) = below.next() {
            let pair = match below.next_if(|&(&next, _)| next == at ^ 1) {
                Some((_, sibling)) => [*digest, *sibling],
                None => {
                    let sibling = nodes.next().copied().unwrap_or_default();
                    if at % 2 == 0 {
                        [*digest, sibling]
                    } else {
                        [sibling, *digest]
                    }
                }
            };
            above.push(*blake3::hash(pair.as_flattened()).as_bytes());
        }
        digests = above;
    }
    digests.first().copied().unwrap_or_default()
}

/// Replaces sorted positions by those of their parents; returns the siblings that are missing.
fn climb(known: &mut Vec<usize>) -> Vec<usize> {
    let mut missing = Vec::new();
    let mut above = Vec::with_capacity(known.len());
    let mut rest = known.iter().copied().peekable();
    while let Some(at) = rest.next() {
        if rest.next_if_eq(&(at ^ 1)).is_none() {
            missing.push(at ^ 1);
        }
        above.push(at / 2);
    }
    *known = above;
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(height: usize) -> Vec<Digest> {
        (0..1_u64 << height)
            .map(|i| *blake3::hash(&i.to_le_bytes()).as_bytes())
            .collect()
    }

    fn plain_root(leaves: &[Digest]) -> Digest {
        match leaves {
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len() / 2);
                let pair = [plain_root(left), plain_root(right)].concat();
                *blake3::hash(&pair).as_bytes()
            }
        }
    }

    #[test]
    fn roots_and_openings_agree_with_the_definition() {
        for height in 0..8 {
            let leaves = leaves(height);
            let root = root(&leaves);
            assert_eq!(root, plain_root(&leaves));
            for step in 1..=leaves.len() {
                let positions: Vec<usize> = (step - 1..leaves.len()).step_by(step).collect();
                let opened: Vec<Digest> = positions.iter().map(|&p| leaves[p]).collect();
                let nodes = open(leaves.clone(), &positions);
                assert_eq!(nodes.len(), opening_len(height, &positions));
                assert_eq!(
                    root_of_opening(height, &positions, opened.clone(), &nodes),
                    root
                );
                for i in 0..nodes.len() {
                    let mut forged = nodes.clone();
                    forged[i][31] ^= 1;
                    assert_ne!(
                        root_of_opening(height, &positions, opened.clone(), &forged),
                        root
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_is_sent_twice() {
        assert_eq!(opening_len(3, &[0, 1, 2, 3, 4, 5, 6, 7]), 0);
        assert_eq!(opening_len(3, &[0, 1]), 2);
        assert_eq!(opening_len(3, &[0, 7]), 4);
    }
}
