// An OpenID provider to log in with where the real one cannot be reached: zitadel/oidc, certified by the OpenID Foundation,
// with the login page and the store in memory that its authors ship. What it knows is told by the environment and one file of
// people; its signing key and its sessions last as long as the process.
package main

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := serve(logger); err != nil {
		logger.Error("the provider ended", "error", err)
		os.Exit(1)
	}
}

func serve(logger *slog.Logger) error {
	secret, err := os.ReadFile(os.Getenv("CLIENT_SECRET_FILE"))
	if err != nil {
		return err
	}
	people, err := storage.StoreFromFile(os.Getenv("USERS_FILE"))
	if err != nil {
		return err
	}
	web := storage.WebClient(os.Getenv("CLIENT_ID"), strings.TrimSpace(string(secret)), strings.Split(os.Getenv("REDIRECT_URIS"), ",")...)
	storage.RegisterClients(web)
	var key [32]byte
	if _, err := rand.Read(key[:]); err != nil {
		return err
	}
	handler := exampleop.SetupServer(os.Getenv("ISSUER"), storage.NewStorage(people), logger, false, op.WithCrypto(op.NewAESCrypto(key)))
	server := &http.Server{Addr: os.Getenv("LISTEN"), Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
