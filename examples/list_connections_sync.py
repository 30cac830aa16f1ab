"""List the connections of the account that want attention, without an event loop."""

from fivetran_sync import Fivetran


def main() -> None:
    """Read all connections, 1,000 a call, and print those that are not connected."""
    with Fivetran.from_env(read_only=True) as ft:
        for connection in ft.connections.list():
            state = connection.status.setup_state if connection.status else None
            if state != "connected":
                print(f"{connection.id:<30} {connection.service:<24} {state}")


if __name__ == "__main__":
    main()
