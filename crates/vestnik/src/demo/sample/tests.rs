//! Which folders the demo takes for its own.

use super::*;
use crate::data::tests::empty;
use std::fs;

const TWIN: &str = "127.0.0.1:8090";

fn forget_mark(data: &DataFolder, lock: &Lock) {
    let forget = |tx: &mut dyn Tx| {
        tx.execute("DELETE FROM setting WHERE name = 'made_by'", &[])?;
        Ok(())
    };
    alone(data, lock, forget).unwrap();
}

#[test]
fn the_demo_knows_its_own_folder() {
    let path = empty("demo-own");
    let data = DataFolder::open_or_create(&path).unwrap();
    let lock = data.lock().unwrap();
    refuse_others(&data).unwrap();
    make(&data, &lock, TWIN.parse().unwrap()).unwrap();
    refuse_others(&data).unwrap();
    forget_mark(&data, &lock);
    refuse_others(&data).unwrap();
    fs::remove_dir_all(path).unwrap();
}

/// The demo's partner and key got into real installations before it looked first.
#[test]
fn a_real_installation_that_a_demo_got_into_is_none_of_its_own() {
    let path = empty("demo-other");
    let data = DataFolder::open_or_create(&path).unwrap();
    let lock = data.lock().unwrap();
    let real = |tx: &mut dyn Tx| Ok(admin::add_key(tx, KeyId(1), "api", None, true).map(drop)?);
    alone(&data, &lock, real).unwrap();
    assert!(refuse_others(&data).is_err());
    make(&data, &lock, TWIN.parse().unwrap()).unwrap();
    forget_mark(&data, &lock);
    assert!(refuse_others(&data).is_err());
    fs::remove_dir_all(path).unwrap();
}

/// Where the demo's own addresses lead follows the twin; an owner's own stay.
#[test]
fn only_addresses_of_a_twin_follow_it() {
    let path = empty("demo-moved");
    let data = DataFolder::open_or_create(&path).unwrap();
    let lock = data.lock().unwrap();
    make(&data, &lock, TWIN.parse().unwrap()).unwrap();
    let own = "https://shop.example/mo";
    let change = |tx: &mut dyn Tx| {
        let partner = vestnik_store::partner::all(tx)?.remove(0);
        let mo_url = Some(own.to_owned());
        let settings = PartnerSettings { mo_url, ..partner.settings.clone() };
        Ok(admin::change_partner(tx, &partner, None, &settings)?)
    };
    alone(&data, &lock, change).unwrap();
    make(&data, &lock, "127.0.0.1:9".parse().unwrap()).unwrap();
    let partners = data.look(|tx| Ok(vestnik_store::partner::all(tx)?)).unwrap();
    let settings = &partners[0].settings;
    assert_eq!(settings.notify_url.as_deref(), Some("http://127.0.0.1:9/twin/sink/demo"));
    assert_eq!(settings.mo_url.as_deref(), Some(own));
    fs::remove_dir_all(path).unwrap();
}
