//! Runs a twin on its default address: `cargo run -p vestnik-twin --example twin`.

use vestnik_twin::{Config, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let config = Config::default();
    println!("twin ready http://{}", config.listen);
    run(config).await
}
