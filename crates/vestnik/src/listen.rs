//! Where the program is called: an address becomes a listener.

use anyhow::{Context, Result};
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait to be taken; the system may allow fewer (`net.core.somaxconn`). With the
/// usual 128, a partner who opens a few hundred at once had some of them dropped, and such a connection
/// is tried again by its system a second later.
const BACKLOG: u32 = 4_096;

/// Listens at an address.
///
/// # Errors
/// If it is taken, not this machine's, or not allowed.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // As std does: an address whose last connections are still fading can be taken again.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    open().with_context(|| format!("can't listen on {address}"))
}
