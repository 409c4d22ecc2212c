//! What may be wrong with a frame that is not the first.

use super::{Case, ONE, second};
use crate::blocks::{
    TRAILER, bare_screen, control, data, descriptor, descriptor_with_table, packed, plain_codes, whole_then,
};
use crate::shown;

pub(super) fn kinds() -> Vec<Case> {
    let later = |descriptor: Vec<u8>, code_size, codes: &[usize]| {
        let broken = [descriptor, data(code_size, &packed(code_size.clamp(1, 8), codes), 255)].concat();
        whole_then(&[&control(7), &broken, &second()[..], TRAILER].concat())
    };
    let full = || descriptor([0, 0, 4, 4]);
    let table_of_its_own = [descriptor_with_table([0, 0, 2, 2]), data(2, &packed(2, &plain_codes(4)), 255)].concat();
    let without = [&bare_screen(4, 4), &table_of_its_own, &second()[..], TRAILER].concat();
    vec![
        ("no-clear-code", later(full(), 2, &plain_codes(16)[1..]), shown(4, 4, 3, 230)),
        ("a-first-code-that-is-unknown", later(full(), 2, &[7, 1, 1, 5]), ONE),
        ("an-unknown-code", later(full(), 2, &[4, 6, 1, 1, 5]), ONE),
        ("an-unknown-code-later", later(full(), 2, &[4, 1, 1, 1, 9, 5]), ONE),
        ("an-early-end-code", later(full(), 2, &[4, 1, 1, 5]), ONE),
        ("an-end-code-alone", later(full(), 2, &[5]), ONE),
        ("a-clear-code-alone", later(full(), 2, &[4]), ONE),
        ("no-codes", later(full(), 2, &[]), ONE),
        ("an-early-terminator", later(full(), 2, &plain_codes(16)[..12]), ONE),
        ("code-size-0", later(full(), 0, &plain_codes(16)), ONE),
        ("code-size-9", later(full(), 9, &plain_codes(16)), ONE),
        ("code-size-12", later(full(), 12, &plain_codes(16)), ONE),
        ("code-size-255", later(full(), 255, &plain_codes(16)), ONE),
        ("no-width", later(descriptor([0, 0, 0, 4]), 2, &plain_codes(16)), ONE),
        ("no-height", later(descriptor([0, 0, 4, 0]), 2, &plain_codes(16)), ONE),
        ("far-too-large-for-its-data", later(descriptor([0, 0, 65535, 65535]), 2, &plain_codes(16)), ONE),
        ("no-table", without, ONE),
    ]
}
