use super::*;
use crate::params::ParameterSet;

#[test]
fn placeholder() {}
