//! Tables and keys that are not the statement's.

use blindproof_fhe::{
    keys::{BootstrappingKey, ClientKey, SeedSource},
    lut::Lut,
    modulus,
    program::OperationKind,
};

use super::mutant::{Mutant, luts};
use crate::testkit::Fixture;

fn exponents(fixture: &Fixture) -> &ndarray::Array2<u64> {
    let (input, _) = fixture.wires_of(OperationKind::BlindRotation);
    &fixture.trace.wires[input]
}

#[test]
fn rejects_another_table_entry() {
    let fixture = Fixture::tiny();
    for entry in 0..4 {
        let mut entries = luts(fixture)[0].entries().to_vec();
        entries[entry] = modulus::add(entries[entry], 1 << 58);
        let other = [Lut::new(entries).unwrap()];
        let key = &fixture.keys.bootstrapping;
        Mutant::evaluated(fixture, key, &other, exponents(fixture))
            .assert_only_challenges_stop_it();
    }
}

#[test]
fn rejects_another_clients_key() {
    let fixture = Fixture::tiny();
    let mut seeds = SeedSource::reproducible([8; 32]);
    let client = ClientKey::generate(fixture.keys.parameters(), &mut seeds).unwrap();
    let other = client.generate_server_key(&mut seeds).bootstrapping;
    Mutant::evaluated(fixture, &other, luts(fixture), exponents(fixture))
        .assert_only_challenges_stop_it();
}

#[test]
fn rejects_a_key_with_one_other_word() {
    let fixture = Fixture::tiny();
    let honest = &fixture.keys.bootstrapping;
    let words = honest.words().len();
    // The first GLWE row meets the mask of acc_0, which is zero.
    for place in [128, words / 2 + 5, words - 1] {
        let mut words = honest.words().to_vec();
        words[place] = modulus::add(words[place], 1);
        let other = BootstrappingKey::from_words(honest.parameters(), words).unwrap();
        Mutant::evaluated(fixture, &other, luts(fixture), exponents(fixture))
            .assert_only_challenges_stop_it();
    }
}
