use super::*;
use crate::lwe::LweMatrix;
use crate::modulus::{from_i64, mul, sub, to_signed};
use ndarray::Array2;

fn set(name: &str) -> &'static ParameterSet {
    ParameterSet::by_name(name).unwrap()
}

fn client(name: &str, seed: u8) -> (ClientKey, SeedSource) {
    let mut seeds = SeedSource::reproducible([seed; 32]);
    let client = ClientKey::generate(set(name), &mut seeds).unwrap();
    (client, seeds)
}

/// Largest distance of phases from messages, centred.
fn largest_error(phases: &[u64], messages: &[u64]) -> u64 {
    assert_eq!(phases.len(), messages.len());
    let errors = phases.iter().zip(messages);
    errors
        .map(|(&phase, &message)| to_signed(sub(phase, message)).unsigned_abs())
        .max()
        .unwrap_or(0)
}

#[test]
fn secrets_are_overwritten_when_dropped() {
    fn wiped_on_drop<T: zeroize::ZeroizeOnDrop>(_: &T) {}
    let (mut client, seeds) = client("insecure_tiny", 9);
    wiped_on_drop(&client);
    wiped_on_drop(&seeds);
    wiped_on_drop(&client.words());
    assert!(client.words().contains(&1));
    client.wipe();
    assert!(client.words().iter().all(|&bit| bit == 0));
}

#[test]
fn decryption_returns_messages_with_small_noise() {
    let (client, mut seeds) = client("insecure_k2_l3_g2", 1);
    let messages = [0, 1, P - 1, P / 2, client.parameters().delta()];
    let ciphertexts = client.encrypt(&messages, &mut seeds).unwrap();
    assert_eq!(
        ciphertexts.dimension(),
        client.parameters().big_lwe_dimension()
    );
    let phases = client.decrypt_phase(&ciphertexts).unwrap();
    let error = largest_error(&phases, &messages);
    assert!(error > 0 && error < 1 << 12, "{error}");
}

#[test]
fn key_switching_key_encrypts_the_big_key() {
    let (client, mut seeds) = client("insecure_k1_l2_g4", 2);
    let key = client.generate_server_key(&mut seeds).key_switching;
    let set = client.parameters();
    let bits = &client.words()[set.lwe_dimension.0..];
    for level in 1..=set.ks_gadget.levels.0 {
        let rows = (0..bits.len())
            .flat_map(|i| key.row(i, level).to_vec())
            .collect();
        let rows = Array2::from_shape_vec((bits.len(), set.lwe_dimension.0 + 1), rows).unwrap();
        let phases = client
            .decrypt_phase_small(&LweMatrix::new(rows).unwrap())
            .unwrap();
        let expected: Vec<u64> = bits
            .iter()
            .map(|&s| s * set.ks_gadget.constant(level))
            .collect();
        assert!(largest_error(&phases, &expected) < 1 << 12);
    }
}

#[test]
fn bootstrapping_key_encrypts_the_patterns_of_the_small_key() {
    for name in ["insecure_k2_l3_g2", "insecure_tiny", "insecure_k3_l2_g1"] {
        let (client, mut seeds) = client(name, 3);
        let key = client.generate_server_key(&mut seeds).bootstrapping;
        let set = client.parameters();
        let (k, size) = (set.glwe_dimension.0, set.polynomial_size.0);
        let words = client.words();
        let (small, big) = words.split_at(set.lwe_dimension.0);
        for (group, bits) in small.chunks(set.grouping_factor.0).enumerate() {
            for pattern in 1..=set.keys_per_group() {
                let matches = bits
                    .iter()
                    .enumerate()
                    .all(|(i, &bit)| bit == pattern as u64 >> i & 1);
                for row in 0..=k {
                    for level in 1..=set.pbs_gadget.levels.0 {
                        // Coefficient 0 of the phase: B[0] - sum_r sum_j A_r[j] * (coefficient -j of S_r).
                        let words = key.row(group, pattern, row, level);
                        let mut phase = words[k * size];
                        for (r, secret) in big.chunks(size).enumerate() {
                            let mask = &words[r * size..(r + 1) * size];
                            phase = sub(phase, mul(mask[0], secret[0]));
                            for j in 1..size {
                                phase = crate::modulus::add(phase, mul(mask[j], secret[size - j]));
                            }
                        }
                        let message = match big.chunks(size).nth(row) {
                            Some(secret) => -(secret[0] as i64),
                            None => 1,
                        };
                        let message = if matches { message } else { 0 };
                        let expected = mul(from_i64(message), set.pbs_gadget.constant(level));
                        assert!(largest_error(&[phase], &[expected]) < 1 << 12, "{name}");
                    }
                }
            }
        }
    }
}

#[test]
fn keys_survive_their_words() {
    let (client, mut seeds) = client("insecure_tiny", 4);
    let server = client.generate_server_key(&mut seeds);
    let set = client.parameters();
    let read = ClientKey::from_words(set, &client.words()).unwrap();
    assert_eq!(read.words(), client.words());
    let read = KeySwitchingKey::from_words(set, server.key_switching.words().to_vec()).unwrap();
    assert_eq!(read.words(), server.key_switching.words());
    let read = BootstrappingKey::from_words(set, server.bootstrapping.words().to_vec()).unwrap();
    assert_eq!(read.words(), server.bootstrapping.words());
}

#[test]
fn seeds_decide_keys() {
    let words = |seed| {
        let (client, mut seeds) = client("insecure_tiny", seed);
        let server = client.generate_server_key(&mut seeds);
        let input = client.encrypt(&[5], &mut seeds).unwrap();
        (
            client.words(),
            server.key_switching.words().to_vec(),
            server.bootstrapping.words().to_vec(),
            input,
        )
    };
    assert_eq!(words(5), words(5));
    let (a, b) = (words(5), words(6));
    assert!(a.0 != b.0 && a.1 != b.1 && a.2 != b.2 && a.3 != b.3);
    let fresh = || {
        let mut seeds = SeedSource::from_os().unwrap();
        ClientKey::generate(set("insecure_tiny"), &mut seeds)
            .unwrap()
            .words()
    };
    assert_ne!(fresh(), fresh());
}

#[test]
fn encryptions_of_one_message_differ() {
    let (client, mut seeds) = client("insecure_tiny", 7);
    let first = client.encrypt(&[1, 1], &mut seeds).unwrap();
    let second = client.encrypt(&[1, 1], &mut seeds).unwrap();
    assert_ne!(first.mask(0), first.mask(1));
    assert_ne!(first.mask(0), second.mask(0));
}

#[test]
fn seeded_encryptions_expand_to_encryptions() {
    for name in ["insecure_k2_l3_g2", "insecure_message_4", "message_4"] {
        let (client, mut seeds) = client(name, 10);
        let messages: Vec<u64> = (0..100)
            .map(|i| mul(i, client.parameters().delta()))
            .collect();
        let seeded = client.encrypt_seeded(&messages, &mut seeds).unwrap();
        let expanded = seeded.expand();
        assert_eq!(
            expanded.dimension(),
            client.parameters().big_lwe_dimension()
        );
        let phases = client.decrypt_phase(&expanded).unwrap();
        let squares = phases
            .iter()
            .zip(&messages)
            .map(|(&phase, &message)| (to_signed(sub(phase, message)) as f64 / P as f64).powi(2));
        // The standard error of a variance of 100 samples is 14 %.
        let variance = client.parameters().glwe_noise.variance();
        let ratio = squares.sum::<f64>() / 100.0 / variance;
        assert!((ratio - 1.0).abs() < 0.7, "{name}: {ratio}");
    }
}

#[test]
fn mask_seeds_are_fresh_and_reproducible_only_when_asked() {
    let (client, seeds) = client("insecure_tiny", 11);
    let twice = |mut seeds: SeedSource| {
        [(); 2].map(|()| client.encrypt_seeded(&[1, 1], &mut seeds).unwrap())
    };
    let [first, second] = twice(seeds);
    assert_ne!(first.seed(), second.seed());
    assert_ne!(first.expand().mask(0), first.expand().mask(1));
    let again = || SeedSource::reproducible([12; 32]);
    assert_eq!(twice(again()), twice(again()));
    // The same secret bytes, but from the system: seeds of masks do not follow from them.
    let from_system = || again().with_fresh_masks();
    let ([a, _], [b, _]) = (twice(from_system()), twice(from_system()));
    assert_ne!(a.seed(), b.seed());
    assert!(matches!(
        client.encrypt_seeded(&[P], &mut again()),
        Err(KeyError::Lwe(_))
    ));
}

#[test]
fn rejects_words_that_are_no_keys() {
    let tiny = set("insecure_tiny");
    let length = |result: Result<(), KeyError>| matches!(result, Err(KeyError::Length { .. }));
    let word =
        |result: Result<(), KeyError>| matches!(result, Err(KeyError::Word { index: 3, .. }));
    assert!(length(
        KeySwitchingKey::from_words(tiny, vec![0; 5]).map(drop)
    ));
    assert!(length(BootstrappingKey::from_words(tiny, vec![]).map(drop)));
    assert!(length(ClientKey::from_words(tiny, &[0; 9]).map(drop)));
    let bad = |length: usize, value: u64| {
        let mut words = vec![0; length];
        words[3] = value;
        words
    };
    assert!(word(
        KeySwitchingKey::from_words(tiny, bad(tiny.key_switching_key_words(), P)).map(drop)
    ));
    assert!(word(
        BootstrappingKey::from_words(tiny, bad(tiny.bootstrapping_key_words(), P)).map(drop)
    ));
    let bits = tiny.lwe_dimension.0 + tiny.big_lwe_dimension();
    assert!(word(ClientKey::from_words(tiny, &bad(bits, 2)).map(drop)));
}

#[test]
fn rejects_ciphertexts_and_keys_of_other_sets() {
    let (client, mut seeds) = client("insecure_tiny", 8);
    let wrong = LweMatrix::trivial(3, &[1]).unwrap();
    assert!(matches!(
        client.decrypt_phase(&wrong),
        Err(KeyError::Dimension { given: 3, .. })
    ));
    assert!(matches!(
        client.encrypt(&[P], &mut seeds),
        Err(KeyError::Lwe(_))
    ));
    let other = set("insecure_k2_l3_g2");
    let own = client.generate_server_key(&mut seeds);
    let other = ClientKey::generate(other, &mut seeds)
        .unwrap()
        .generate_server_key(&mut seeds);
    assert!(matches!(
        ServerKey::new(own.key_switching, other.bootstrapping),
        Err(KeyError::OtherParameters { .. })
    ));
}

#[test]
fn debug_output_shows_no_key() {
    let (client, mut seeds) = client("insecure_tiny", 9);
    let server = client.generate_server_key(&mut seeds);
    let text = format!("{client:?} {server:?} {seeds:?}");
    assert!(text.contains("insecure_tiny") && text.len() < 400, "{text}");
}
