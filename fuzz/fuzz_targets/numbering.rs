//! A file of the numbering plan, and the stored form of one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestnik_engine::zone::NumberingPlan;

fuzz_target!(|data: &[u8]| {
    if let Ok(plan) = NumberingPlan::from_bytes(data) {
        check(&plan);
    }
    if let Ok(imported) = NumberingPlan::parse(data) {
        assert!(imported.plan.ranges() <= imported.rows);
        check(&imported.plan);
        assert_eq!(imported.plan.merge(&imported.plan), imported.plan);
    }
});

fn check(plan: &NumberingPlan) {
    assert_eq!(NumberingPlan::from_bytes(&plan.to_bytes()).as_ref(), Ok(plan));
    plan.find(79_161_234_567);
}
