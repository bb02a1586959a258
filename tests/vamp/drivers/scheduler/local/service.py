"""A service small enough to start in 30 ms: answers HTTP, prints, fails on demand.

``service.py PORT FOLDER``, on $HOST or 127.0.0.1: /health answers 503 while FOLDER/sick exists; on SIGTERM it prints
``bye`` and ends, unless FOLDER/stubborn exists.
"""

import os
import signal
import socket
import sys


def ended(*_):
    if not os.access(sys.argv[2] + "/stubborn", os.F_OK):
        os.write(1, b"bye\n")
        os._exit(0)


signal.signal(signal.SIGTERM, ended)
listener = socket.create_server((os.environ.get("HOST", "127.0.0.1"), int(sys.argv[1])))
greeting = f"hello from {os.environ.get('VAMP_VERSION')} {os.environ.get('COLOUR')}\n"
os.write(1, greeting.encode())
while True:
    connection, _ = listener.accept()
    connection.recv(4096)
    is_sick = os.access(sys.argv[2] + "/sick", os.F_OK)
    status = b"503 Sick" if is_sick else b"200 OK"
    connection.sendall(b"HTTP/1.0 " + status + b"\r\nContent-Length: 0\r\n\r\n")
    connection.close()
