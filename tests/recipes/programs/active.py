"""Lists a folder over FTPS in active mode, for the recordings: active.py PORT KEYLOG. The server calls for the data."""

import ftplib
import ssl
import sys

port, keys = sys.argv[1:]
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.keylog_filename = keys
ftp = ftplib.FTP_TLS(context=context)  # noqa: S321 - on the loopback interface, with TLS
ftp.connect("127.0.0.1", int(port))
ftp.login()
ftp.prot_p()
ftp.set_pasv(False)
ftp.retrlines("LIST", lambda line: None)
ftp.quit()
