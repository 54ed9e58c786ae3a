//! Listeners of the bot: one for health and metrics, one for the webhook.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tracing::info;

use super::WrongSetting;

/// Binds the address of a setting and logs it: for port 0 the system chooses a port.
pub(super) async fn bind(address: SocketAddr, setting: &str, used_for: &str) -> Result<TcpListener, WrongSetting> {
    let opened = async {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok::<_, io::Error>((listener, address))
    };
    let (listener, address) = opened.await.map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => "another program uses this address: stop it, or set another port",
            io::ErrorKind::AddrNotAvailable => {
                "this machine does not have this address: set one of its own, or 0.0.0.0"
            }
            io::ErrorKind::PermissionDenied => "permission denied: set a port above 1023",
            _ => "set another address",
        };
        WrongSetting(format!("could not listen on {address} for {used_for} ({error}); {advice} in {setting}"))
    })?;
    info!(%address, "listening on {address} for {used_for}");
    Ok(listener)
}
