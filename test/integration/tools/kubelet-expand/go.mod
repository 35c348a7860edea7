module sizewright/test/integration/tools/kubelet-expand

go 1.25.0

require k8s.io/kubernetes v1.34.4
