//! Makes a connection: name, addresses, guard, socket, TLS.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout, timeout_at},
};
use vestnik_provider::wire::Trouble;

use crate::{
    guard::Guard,
    host::{Host, Place},
    link::{Link, Wire},
    settings::CONNECT_TIMEOUT,
    tls::Tls,
};

/// A new connection to the host, to an address that the guard allows.
pub(crate) async fn connect(host: &Host, guard: &Guard, tls: &Tls) -> Result<Link, Trouble> {
    let deadline = Instant::now() + CONNECT_TIMEOUT;
    match timeout_at(deadline, open(host, guard, tls, deadline)).await {
        Ok(opened) => opened,
        Err(_) => Err(not_connected(host, "no connection in time")),
    }
}

async fn open(host: &Host, guard: &Guard, tls: &Tls, deadline: Instant) -> Result<Link, Trouble> {
    let addresses = allowed_addresses(host, guard).await?;
    let socket = open_first(&addresses, deadline).await.map_err(|e| not_connected(host, e))?;
    socket.set_nodelay(true).map_err(|e| not_connected(host, e))?;
    let Some(name) = &host.tls_name else { return Ok(Link::new(Wire::Plain(socket))) };
    let connector = tls.connector().map_err(|e| not_connected(host, e))?;
    match connector.connect(name.clone(), socket).await {
        Ok(stream) => Ok(Link::new(Wire::Tls(Box::new(stream)))),
        Err(error) => Err(unreachable(host, format!("TLS: {error}"))),
    }
}

/// Tries the addresses in the name service's order; each gets an equal share of the time left.
async fn open_first(addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream, String> {
    let mut last = "no address".to_owned();
    for (tried, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        match timeout(share.max(Duration::from_millis(1)), TcpStream::connect(address)).await {
            Ok(Ok(socket)) => return Ok(socket),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = "no connection in time".to_owned(),
        }
    }
    Err(last)
}

async fn allowed_addresses(host: &Host, guard: &Guard) -> Result<Vec<SocketAddr>, Trouble> {
    let name = match &host.place {
        // Judged when the host was read: see `Side::judge`.
        Place::At(address) => return Ok(vec![*address]),
        Place::Named(name) => name,
    };
    let all = resolve(host, name).await?;
    let allowed: Vec<SocketAddr> = all
        .iter()
        .filter(|address| guard.allows(**address))
        .map(|address| SocketAddr::new(*address, host.port))
        .collect();
    if allowed.is_empty() {
        return Err(Trouble::Unusable(format!("{name} lies in a network that is not allowed")));
    }
    Ok(allowed)
}

async fn resolve(host: &Host, name: &str) -> Result<Arc<[IpAddr]>, Trouble> {
    if let Some(known) = host.addresses() {
        return Ok(known);
    }
    let _turn = host.lookup.acquire().await.map_err(|e| not_connected(host, e))?;
    if let Some(known) = host.addresses() {
        return Ok(known);
    }
    let found = match lookup_host((name, host.port)).await {
        Ok(found) => found.map(|address| address.ip()).collect::<Arc<[IpAddr]>>(),
        Err(error) => return Err(unreachable(host, format!("the name: {error}"))),
    };
    if found.is_empty() {
        return Err(unreachable(host, "the name has no address"));
    }
    host.set_addresses(Arc::clone(&found));
    Ok(found)
}

fn unreachable(host: &Host, why: impl std::fmt::Display) -> Trouble {
    Trouble::Unreachable(format!("{}: {why}", host.authority))
}

fn not_connected(host: &Host, why: impl std::fmt::Display) -> Trouble {
    Trouble::NotConnected(format!("{}: {why}", host.authority))
}
