//! Migrations.

use super::{Case, Scene};
use crate::schema::MIGRATIONS;
use vestnik_db::{
    Engine,
    migration::{Migration, migrate},
};

pub(super) const CASES: &[Case] = &[
    ("schema: a second migration changes nothing", twice),
    ("schema: a newer database is refused", newer),
    ("schema: a changed step is refused", changed),
    ("schema: a step that fails leaves nothing", half),
];

fn twice(scene: &mut Scene) {
    assert_eq!(migrate(&mut scene.engine, MIGRATIONS), Ok(0), "everything was applied before");
}

fn newer(scene: &mut Scene) {
    let error = migrate(&mut scene.engine, &[]).expect_err("its step is not known");
    assert!(error.to_string().contains("newer version"), "says why: {error}");
}

fn changed(scene: &mut Scene) {
    let steps = [Migration { sql: "CREATE TABLE other(id BIGINT)", ..MIGRATIONS[0] }];
    let error = migrate(&mut scene.engine, &steps).expect_err("the step is another");
    assert!(error.to_string().contains("changed after use"), "says why: {error}");
}

fn half(scene: &mut Scene) {
    let sql = "CREATE TABLE fresh(id BIGINT PRIMARY KEY); INSERT INTO missing(id) VALUES (1)";
    let number = MIGRATIONS.len() as i64 + 1;
    let mut steps = MIGRATIONS.to_vec();
    steps.push(Migration { number, name: "half", sql });
    migrate(&mut scene.engine, &steps).expect_err("the second statement fails");
    let whole = "CREATE TABLE fresh(id BIGINT PRIMARY KEY)";
    steps.pop();
    steps.push(Migration { number, name: "whole", sql: whole });
    let applied = migrate(&mut scene.engine, &steps);
    assert_eq!(applied, Ok(1), "the first statement of the failed step left nothing");
    scene.engine.begin().unwrap();
    scene.engine.rollback();
}
