/* A TLS client of wolfSSL's, for the recordings: wolf PORT CA 1.2|1.3 [CIPHERS] */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
    char answer[100];
    int found = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    wolfSSL_Init();
    WOLFSSL_CTX *context =
        wolfSSL_CTX_new(strcmp(arguments[3], "1.2") ? wolfTLSv1_3_client_method() : wolfTLSv1_2_client_method());
    if (wolfSSL_CTX_load_verify_locations(context, arguments[2], NULL) != WOLFSSL_SUCCESS)
        return 2;
    if (count > 4 && wolfSSL_CTX_set_cipher_list(context, arguments[4]) != WOLFSSL_SUCCESS)
        return 3;
    wolfSSL_CTX_UseSNI(context, WOLFSSL_SNI_HOST_NAME, "server.test", 11);
    if (connect(found, (struct sockaddr *)&address, sizeof address))
        return 4;
    WOLFSSL *connection = wolfSSL_new(context);
    wolfSSL_set_fd(connection, found);
    if (wolfSSL_connect(connection) != WOLFSSL_SUCCESS) {
        printf("error %d\n", wolfSSL_get_error(connection, 0));
        return 1;
    }
    wolfSSL_write(connection, "hello\n", 6);
    wolfSSL_read(connection, answer, sizeof answer);
    wolfSSL_shutdown(connection);
    close(found);
    return 0;
}
