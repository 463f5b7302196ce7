//go:build tools

package main

import (
	_ "github.com/yannh/kubeconform/cmd/kubeconform"
	_ "github.com/rhysd/actionlint/cmd/actionlint"
)
