//! A number as people write it: what is read is a number, and reads as itself again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestnik_model::phone::Phone;

fuzz_target!(|text: &str| {
    let Some(phone) = Phone::parse(text) else { return };
    assert_eq!(Phone::from_digits(phone.digits()), Some(phone));
    assert_eq!(Phone::parse(&format!("+{phone}")), Some(phone));
    assert!(phone.masked().len() <= phone.to_string().len() + 3);
});
