//! The conformance suite on PostgreSQL, where its programs are installed.

use vestnik_db_postgres::{Address, Postgres, server::TestServer};

#[test]
fn postgres_conforms() {
    let Some(server) = TestServer::start() else { return };
    vestnik_store::conformance::exercise(&mut || {
        let address = Address::parse(&server.database()).expect("a fresh database");
        Box::new(Postgres::open(&address).expect("a connection"))
    });
}
