"""Serves telemelya, a Bot API that delivers by webhook, and prints its address; ends when standard input does.

What it keeps is in a Redis written in Python. No file ever goes through it, so of the file store that it asks for at its start
there is only somebody who says yes.
"""

import http.server
import os
import socket
import sys
import threading

from fakeredis import TcpFakeServer

LOOPBACK = ("127.0.0.1", 0)


class Yes(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host, port = server.server_address[:2]
    return f"{host}:{port}"


def end_with_standard_input():
    sys.stdin.read()
    os._exit(0)


def main():
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    os.environ["REDIS_URL"] = f"redis://{serve(TcpFakeServer(LOOPBACK))}/0"
    os.environ["MINIO_ENDPOINT"] = serve(http.server.ThreadingHTTPServer(LOOPBACK, Yes))
    # Only now, because telemelya reads the environment as it is imported.
    import uvicorn
    from telemelya.server.app import app

    listener = socket.create_server(LOOPBACK)

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            host, port = listener.getsockname()
            print(f"http://{host}:{port}", flush=True)

    Server(uvicorn.Config(app, log_level="warning")).run([listener])


main()
