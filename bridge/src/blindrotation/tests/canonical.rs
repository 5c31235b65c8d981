//! Words that are spelled as y + p, and lists of all-ones cells that hide them.

use blindproof_fhe::{modulus::P, program::OperationKind};
use ndarray::Array2;

use super::{CANONICAL, assert_unopened, mutant::Mutant};
use crate::{
    ProverData,
    proof::prove_with,
    statement::{PublicData, Statement},
    testkit::{Attack, Fixture, Forgery, assert_fails},
    verify,
};

/// The small word that has a second spelling.
const SMALL: u64 = 5;

/// A network with small and with large y in its first accumulators, and exponents that keep them until the last step.
fn planted() -> (Fixture, Array2<u64>) {
    let offset = Fixture::tiny().keys.parameters().pbs_gadget.offset();
    let entry = |y: u64| blindproof_fhe::modulus::sub(y, offset);
    let fixture = Fixture::with_lut([entry(SMALL), entry(P - 1), 1 << 40, 7]);
    let (input, _) = fixture.wires_of(OperationKind::BlindRotation);
    let mut exponents = fixture.trace.wires[input].clone();
    // The first step does nothing, and the table is not turned.
    for i in [0, 1, 2, 6] {
        exponents[(2, i)] = 0;
    }
    (fixture, exponents)
}

/// A coefficient of row 2 whose word y before the last step is `word`.
fn place(mutant: &mut Mutant<'_>, word: u64) -> (usize, usize, usize) {
    let places = (0..64).map(|x| (1, 2, x));
    let mut found = places.filter(|place| *mutant.word(1, *place) == word);
    found.next().unwrap()
}

/// A server that takes the digit of y + p in place of that of y in one coefficient, with all that follows from it.
fn second_spelling(mutant: &mut Mutant<'_>) {
    let place = place(mutant, SMALL);
    mutant.change_before_last_step(place, SMALL + P);
}

/// Splits the list into its entries: for each suspect column the cells, with their words if it is a leading chunk.
fn entries(message: &[u64]) -> Vec<(usize, u64)> {
    // Leading chunks only: the cut of a small network has a table of its own for them.
    let mut entries = Vec::new();
    let mut at = 0;
    while at < message.len() {
        let count = message[at] as usize;
        for i in 0..count {
            entries.push((at + 1 + 2 * i, message[at + 2 + 2 * i]));
        }
        at += 1 + 2 * count;
    }
    entries
}

/// Start of the block that an entry is in.
fn block_of(message: &[u64], entry: usize) -> usize {
    let mut at = 0;
    while at + 2 * (message[at] as usize) < entry {
        at += 1 + 2 * message[at] as usize;
    }
    at
}

fn remove(message: &mut Vec<u64>, entry: usize) {
    let block = block_of(message, entry);
    message[block] -= 1;
    message.drain(entry..entry + 2);
}

#[test]
fn accepts_small_words_and_words_of_all_ones() {
    let (fixture, exponents) = planted();
    let mut mutant = Mutant::with_exponents(&fixture, &exponents);
    place(&mut mutant, SMALL);
    place(&mut mutant, P - 1);
    let mut shown = Vec::new();
    mutant
        .forge(|_, _| {}, |message| shown = message.clone())
        .unwrap();
    assert!(entries(&shown).iter().any(|(_, word)| *word == P - 1));
}

#[test]
fn rejects_the_second_spelling_when_it_is_shown() {
    let (fixture, exponents) = planted();
    let mut mutant = Mutant::with_exponents(&fixture, &exponents);
    let honest = mutant.clone_last();
    second_spelling(&mut mutant);
    assert!(
        mutant.clone_last() != honest,
        "the other digit gives another output"
    );
    assert_fails(mutant.prove(), CANONICAL);
}

#[test]
fn rejects_the_second_spelling_when_it_is_left_out_or_disguised() {
    let (fixture, exponents) = planted();
    let mut mutant = Mutant::with_exponents(&fixture, &exponents);
    second_spelling(&mut mutant);
    let find = |message: &[u64]| {
        let entries = entries(message);
        entries
            .iter()
            .find(|(_, word)| *word == SMALL + P)
            .unwrap()
            .0
    };
    // All else is consistent, so only the opening of the multiplicity, or of the cell, is left to disagree.
    assert_unopened(mutant.forge(|_, _| {}, |message| remove(message, find(message))));
    assert_unopened(mutant.forge(
        |_, _| {},
        |message| {
            let entry = find(message);
            message[entry + 1] = P - 1;
        },
    ));
    // Left out, and another cell invented to keep the number.
    assert_unopened(mutant.forge(
        |_, _| {},
        |message| {
            let entry = find(message);
            message[entry + 1] = P - 1;
            let block = block_of(message, entry);
            let cells: Vec<u64> = (0..message[block] as usize)
                .map(|i| message[block + 1 + 2 * i])
                .collect();
            let free = (message[entry] + 1..)
                .find(|cell| !cells.contains(cell))
                .unwrap();
            message[entry] = free;
            sort_block(message, block);
        },
    ));
}

fn sort_block(message: &mut [u64], block: usize) {
    let count = message[block] as usize;
    let cells = &mut message[block + 1..block + 1 + 2 * count];
    let mut pairs: Vec<[u64; 2]> = cells.chunks(2).map(|pair| [pair[0], pair[1]]).collect();
    pairs.sort_unstable();
    cells.copy_from_slice(&pairs.concat());
}

/// An honest server that lies about its list of cells.
fn lie(change: impl Fn(&mut Vec<u64>)) -> Result<crate::Verified, crate::testkit::Forgery> {
    let (fixture, exponents) = planted();
    Mutant::with_exponents(&fixture, &exponents).forge(|_, _| {}, |message| change(message))
}

/// Shows `word` in place of p - 1.
fn set(message: &mut [u64], word: u64) {
    let entry = any(message);
    message[entry + 1] = word;
}

/// The first entry with word p - 1.
fn any(message: &[u64]) -> usize {
    let entries = entries(message);
    entries.iter().find(|(_, word)| *word == P - 1).unwrap().0
}

#[test]
fn rejects_cells_left_out_invented_moved_or_with_another_word() {
    assert_unopened(lie(|message| remove(message, any(message))));
    assert_unopened(lie(|message| {
        // A block without entries gets one.
        let block = block_of(message, any(message));
        let last = block + 2 * message[block] as usize - 1;
        let next = message[last] + 1;
        message[block] += 1;
        message.splice(last + 2..last + 2, [next, P - 1]);
    }));
    assert_unopened(lie(|message| set(message, P - 2)));
    assert_unopened(lie(|message| {
        let entry = any(message);
        let block = block_of(message, entry);
        let last = block + 2 * message[block] as usize - 1;
        message[last] += 1;
    }));
}

#[test]
fn rejects_malformed_lists() {
    for forged in [
        // Out of order, twice, beyond the column, not all ones, not canonical.
        lie(|message| {
            let entry = block_of(message, any(message)) + 1;
            message.swap(entry, entry + 2);
        }),
        lie(|message| {
            let entry = block_of(message, any(message)) + 1;
            message[entry + 2] = message[entry];
        }),
        lie(|message| {
            let block = block_of(message, any(message));
            let last = block + 2 * message[block] as usize - 1;
            message[last] = 1 << 40;
        }),
        lie(|message| set(message, 1)),
        lie(|message| set(message, P)),
        lie(|message| set(message, u64::MAX)),
        // Too long, too short, a count that is not there.
        lie(|message| message.push(0)),
        lie(|message| message.truncate(message.len() - 1)),
        lie(|message| message[0] = u64::MAX),
        lie(|message| message.clear()),
    ] {
        assert_fails(forged, CANONICAL);
    }
}

#[test]
fn rejects_a_list_that_ends_inside_a_word() {
    let (fixture, _) = planted();
    let output = fixture.output(&fixture.trace);
    let public = PublicData {
        program: &fixture.program,
        keys: fixture.keys.as_ref().into(),
        input: &fixture.input,
        output: &output,
    };
    let statement = Statement::new(&public, "blindrotation".parse().unwrap(), 128).unwrap();
    let data = ProverData::new(&fixture.keys, &fixture.trace);
    let mut list = Vec::new();
    let mut attack = Attack::on_columns(|_, _| {}).and_shown(|message| list = message.clone());
    let mut proof = prove_with(&statement, &public, &data, &(), &mut attack).unwrap();
    drop(attack);
    let length = 8 * list.len();
    // The message: its length, then the words.
    let mut message = (length as u32).to_le_bytes().to_vec();
    message.extend(list.iter().flat_map(|word| word.to_le_bytes()));
    let place = proof
        .windows(message.len())
        .position(|bytes| bytes == message)
        .unwrap();
    proof[place..place + 4].copy_from_slice(&(length as u32 + 1).to_le_bytes());
    proof.insert(place + message.len(), 0);
    let verified = verify(&statement, &public, &proof).map_err(Forgery::Verifier);
    assert_fails(verified, CANONICAL);
}

#[test]
fn a_server_that_hides_a_cell_cannot_open_its_multiplicity() {
    let (fixture, exponents) = planted();
    let mut mutant = Mutant::with_exponents(&fixture, &exponents);
    second_spelling(&mut mutant);
    mutant.claims = Some(Some(SMALL + P));
    super::assert_own_opening_fails(mutant.prove());
}
