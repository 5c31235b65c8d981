//! What a verifier reads and binds, as a list, and systematic changes of a proof: for the tests of protocols, here and in other
//! crates. Exists only with the feature `insecure-testkit`.
//!
//! ```
//! use blindproof_zk::field::{f, k};
//! use blindproof_zk::transcript::{ProverTranscript, VerifierTranscript, audit};
//!
//! let mut t = ProverTranscript::new("example", b"statement");
//! t.send_ext("value", &[k(f(7))]);
//! let proof = t.finish();
//! let (value, events) = audit::record(|| {
//!     VerifierTranscript::new("example", b"statement", &proof).receive_ext("value", 1)
//! });
//! assert!(value.is_ok());
//! let fields = audit::fields(&proof, &events);
//! assert_eq!(fields.len(), 1);
//! assert!(audit::mutants(&proof, &fields).iter().all(|mutant| mutant.proof != proof));
//! ```

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::Range;

use crate::field::{K, P, f, to_word};
use ark_ff::Field as _;

/// What a transcript does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Public data are bound.
    Absorbed {
        /// Label.
        label: String,
    },
    /// A message is read.
    Received {
        /// Label.
        label: String,
        /// Bytes of the proof that were left before it.
        left: usize,
        /// Its length in bytes.
        length: usize,
        /// What it consists of.
        element: Element,
    },
    /// A challenge is drawn.
    Challenge {
        /// Label.
        label: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
}

/// What a message consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Canonical words of eight bytes.
    Word,
    /// A length of four bytes, of the bytes that follow.
    Length,
    /// Bytes.
    Byte,
}

thread_local! {
    static EVENTS: RefCell<Option<Vec<Event>>> = const { RefCell::new(None) };
    static FROZEN: RefCell<VecDeque<Vec<u8>>> = const { RefCell::new(VecDeque::new()) };
}

pub(super) fn absorbed(label: &str) {
    note(|| Event::Absorbed {
        label: label.to_owned(),
    });
}

pub(super) fn received(label: &str, rest: &[u8], length: usize, element: Element) {
    if length <= rest.len() {
        note(|| Event::Received {
            label: label.to_owned(),
            left: rest.len(),
            length,
            element,
        });
    }
}

/// Notes a challenge, and replaces it by the next frozen one.
pub(super) fn drawn(label: &str, bytes: &mut [u8]) {
    if let Some(frozen) = FROZEN.with_borrow_mut(VecDeque::pop_front) {
        bytes.copy_from_slice(&frozen);
    }
    note(|| Event::Challenge {
        label: label.to_owned(),
        bytes: bytes.to_vec(),
    });
}

/// Notes an event, if somebody listens.
fn note(event: impl FnOnce() -> Event) {
    EVENTS.with_borrow_mut(|events| {
        if let Some(events) = events {
            events.push(event());
        }
    });
}

/// Everything that the transcripts of this thread do during `work`.
pub fn record<T>(work: impl FnOnce() -> T) -> (T, Vec<Event>) {
    EVENTS.set(Some(Vec::new()));
    let result = work();
    (result, EVENTS.take().unwrap_or_default())
}

/// Runs `work` as if its transcripts drew the challenges of `events`, whatever they are given: what a forger could do who
/// knew them in advance.
///
/// # Panics
/// If `work` asks for a challenge of another length than the recorded one.
pub fn frozen<T>(events: &[Event], work: impl FnOnce() -> T) -> T {
    let challenges = events.iter().filter_map(|event| match event {
        Event::Challenge { bytes, .. } => Some(bytes.clone()),
        _ => None,
    });
    FROZEN.set(challenges.collect());
    let result = work();
    FROZEN.take();
    result
}

/// Every sumcheck round of a proof, forged by someone who knows the round's challenge before sending the message: another
/// polynomial with the same value there, so that all that follows fits. With frozen challenges each is accepted; with real
/// ones the next challenge is another.
pub fn forged_rounds(proof: &[u8], events: &[Event]) -> Vec<Vec<u8>> {
    let mut forged = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let Event::Received {
            label,
            left,
            length,
            ..
        } = event
        else {
            continue;
        };
        let next = events[index..].iter().find_map(|event| match event {
            Event::Challenge { bytes, .. } => {
                Some(super::state::element(bytes.as_slice().try_into().ok()?))
            }
            _ => None,
        });
        let (true, Some(r)) = (label == ROUND, next) else {
            continue;
        };
        // g(0), g(2), .., g(d) are sent, and g(1) = claim - g(0).
        let sent = length / ELEMENT;
        let basis = |node: usize| {
            let unit: Vec<K> = (0..=sent).map(|i| K::from(u64::from(i == node))).collect();
            crate::sumcheck::interpolate(&unit, r)
        };
        // 1 more at 0, 1 less at 1, and at d as much as makes up for it at r.
        let change = (basis(1) - basis(0)) * basis(sent).inverse().unwrap_or_default();
        if sent < 2 || change == K::default() {
            continue;
        }
        let start = proof.len() - left;
        let mut changed = proof.to_vec();
        add(&mut changed[start..start + ELEMENT], K::from(1_u64));
        add(
            &mut changed[start + length - ELEMENT..start + length],
            change,
        );
        forged.push(changed);
    }
    forged
}

/// Label of a round of [`crate::sumcheck`].
const ROUND: &str = "sumcheck round";
/// Bytes of an element of `K`.
const ELEMENT: usize = 24;

/// Adds to an encoded element.
fn add(bytes: &mut [u8], value: K) {
    let coordinates = [value.c0, value.c1, value.c2];
    for (word, value) in bytes.chunks_exact_mut(8).zip(coordinates) {
        let old = word.iter().rev().fold(0, |v, &b| v << 8 | u64::from(b));
        word.copy_from_slice(&to_word(f(old) + value).to_le_bytes());
    }
}

/// A message and its place in the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Label.
    pub label: String,
    /// Bytes of the proof.
    pub place: Range<usize>,
    /// What it consists of.
    pub element: Element,
}

/// The messages of `proof` in the order in which they were read; those that were read twice once.
pub fn fields(proof: &[u8], events: &[Event]) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for event in events {
        if let Event::Received {
            label,
            left,
            length,
            element,
        } = event
        {
            let start = proof.len() - left;
            let field = Field {
                label: label.clone(),
                place: start..start + length,
                element: *element,
            };
            if *length > 0 && !fields.contains(&field) {
                fields.push(field);
            }
        }
    }
    fields
}

/// A changed proof.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// How it was changed.
    pub strategy: &'static str,
    /// Label of the changed message.
    pub label: String,
    /// The bytes.
    pub proof: Vec<u8>,
}

/// Every strategy on every message, as far as they change anything:
/// - *offset*: 1 is added to the first word or byte,
/// - *flip*: one bit is changed,
/// - *swap*: the first and the last element change places, or the message and the next one of its size,
/// - *drop*, *duplicate*: the message is left out or written twice,
/// - *truncate*: the proof ends before the message,
/// - *extend*: a zero element follows the message (and its length says so),
/// - *replace*: all elements become others,
/// - *zero*: all elements become zero.
pub fn mutants(proof: &[u8], fields: &[Field]) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let mut push = |strategy, changed: Vec<u8>| {
            if changed != proof {
                mutants.push(Mutant {
                    strategy,
                    label: field.label.clone(),
                    proof: changed,
                });
            }
        };
        let with = |place: &Range<usize>, bytes: &[u8]| {
            [&proof[..place.start], bytes, &proof[place.end..]].concat()
        };
        let place = &field.place;
        let own = &proof[place.clone()];
        let size = match field.element {
            Element::Word => 8,
            Element::Length => 4,
            Element::Byte => 1,
        };
        let count = own.len() / size;
        push("offset", with(place, &plus_one(own, size, 0)));
        let mut flipped = own.to_vec();
        flipped[(7 * index) % own.len()] ^= 1 << (index % 8);
        push("flip", with(place, &flipped));
        let mut swapped = own.to_vec();
        for byte in 0..size {
            swapped.swap(byte, (count - 1) * size + byte);
        }
        push("swap", with(place, &swapped));
        if let Some(next) = fields[index + 1..]
            .iter()
            .find(|next| next.place.len() == own.len() && next.element == field.element)
        {
            let moved = with(place, &proof[next.place.clone()]);
            let both = [&moved[..next.place.start], own, &moved[next.place.end..]].concat();
            push("swap", both);
        }
        push("drop", with(place, &[]));
        push("duplicate", with(place, &own.repeat(2)));
        push("truncate", proof[..place.start].to_vec());
        let longer = [own, &vec![0; size]].concat();
        push("extend", with(place, &longer));
        if field.element == Element::Byte && index > 0 {
            let length = &fields[index - 1];
            if length.element == Element::Length && length.place.end == place.start {
                let announced = plus_one(&proof[length.place.clone()], 4, 0);
                let mut changed = with(place, &longer);
                changed[length.place.clone()].copy_from_slice(&announced);
                push("extend", changed);
            }
        }
        let replaced = (0..count).fold(own.to_vec(), |bytes, i| plus_one(&bytes, size, i));
        push("replace", with(place, &replaced));
        push("zero", with(place, &vec![0; own.len()]));
    }
    mutants
}

/// The bytes with 1 added to one little-endian element, words modulo p.
fn plus_one(bytes: &[u8], size: usize, index: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    let element = &mut changed[index * size..(index + 1) * size];
    let value = element.iter().rev().fold(0, |v, &b| v << 8 | u64::from(b));
    let next = if size == 8 && value + 1 >= P {
        0
    } else {
        value + 1
    };
    element.copy_from_slice(&next.to_le_bytes()[..size]);
    changed
}
