use super::*;

#[test]
fn shipped_sets_are_valid_and_distinct() {
    for (index, set) in ParameterSet::all().iter().enumerate() {
        set.validate().unwrap();
        assert_eq!(ParameterSet::by_name(set.name).unwrap(), set);
        for other in &ParameterSet::all()[..index] {
            assert_ne!(set.fingerprint(), other.fingerprint());
        }
    }
}

#[test]
fn real_sets_reach_security_and_failure_targets() {
    for set in ParameterSet::all().iter().filter(|set| !set.is_insecure()) {
        assert!(
            set.security_bits() >= 131.9,
            "{}: {}",
            set.name,
            set.security_bits()
        );
        assert!(
            set.log2_p_fail(8.0) <= -128.0,
            "{}: {}",
            set.name,
            set.log2_p_fail(8.0)
        );
    }
    assert_eq!(ParameterSet::default_set().message_bits, MessageBits(4));
}

#[test]
fn models_are_made_for_one_set_of_each_size() {
    let names: Vec<_> = ParameterSet::recommended().map(|set| set.name).collect();
    assert_eq!(names, ["message_4", "message_2", "message_3", "message_5"]);
}

#[test]
fn test_sets_are_named_insecure_and_decrypt() {
    for set in ParameterSet::all()
        .iter()
        .filter(|set| set.security_bits() < 128.0)
    {
        assert!(set.is_insecure(), "{}", set.name);
        assert!(
            set.log2_p_fail(8.0) <= -60.0,
            "{}: {}",
            set.name,
            set.log2_p_fail(8.0)
        );
    }
}

#[test]
fn unknown_names_list_the_known_ones() {
    let message = ParameterSet::by_name("fast").unwrap_err().to_string();
    assert!(
        ParameterSet::all()
            .iter()
            .all(|set| message.contains(set.name))
    );
}

#[test]
fn validation_names_the_field() {
    let broken = |change: fn(&mut ParameterSet)| {
        let mut set = ParameterSet::default_set().clone();
        change(&mut set);
        set.validate().unwrap_err().to_string()
    };
    assert!(broken(|set| set.polynomial_size.0 = 1000).contains("`polynomial_size`"));
    assert!(broken(|set| set.glwe_dimension.0 = 0).contains("`glwe_dimension`"));
    assert!(broken(|set| set.grouping_factor.0 = 5).contains("`grouping_factor`"));
    assert!(broken(|set| set.lwe_dimension.0 = 841).contains("`lwe_dimension`"));
    assert!(broken(|set| set.message_bits.0 = 11).contains("`message_bits`"));
    assert!(broken(|set| set.pbs_gadget = Gadget::new(32, 2)).contains("`pbs_gadget`"));
    assert!(broken(|set| set.ks_gadget = Gadget::new(3, 11)).contains("`ks_gadget`"));
}

#[test]
fn gadget_splits_and_recomposes_exactly() {
    use crate::modulus::{P, add, from_i64, mul, sub};
    for gadget in ParameterSet::all()
        .iter()
        .flat_map(|s| [s.pbs_gadget, s.ks_gadget])
    {
        let bound = 1i64 << (gadget.base_log.0 - 1);
        for z in [
            0,
            1,
            P - 1,
            P / 2,
            1 << 63,
            0x0123_4567_89ab_cdef,
            P - (1 << 32),
        ] {
            let shifted = add(z, gadget.offset());
            let rounding = sub(
                gadget.remainder(shifted),
                1 << (gadget.remainder_bits() - 1),
            );
            let mut sum = rounding;
            for level in 1..=gadget.levels.0 {
                let digit = gadget.digit(shifted, level);
                assert!((-bound..bound).contains(&digit));
                sum = add(sum, mul(from_i64(digit), gadget.constant(level)));
            }
            assert_eq!(sum, z);
        }
    }
}
