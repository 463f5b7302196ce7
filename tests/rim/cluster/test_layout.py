"""Names and addresses: nothing overlaps, and the kernel's limits hold for every name that is allowed."""

from itertools import combinations

import pytest
from wireplan.rim.cluster import layout as places
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.trouble import Trouble

LINK_NAME_LIMIT = 15
SOCKET_PATH_LIMIT = 107


def test_the_networks_do_not_overlap() -> None:
    networks = (places.NODE_NETWORK, places.POD_NETWORK, places.SERVICE_NETWORK)
    assert not any(one.overlaps(other) for one, other in combinations(networks, 2))


def test_nodes_host_and_balancers_share_the_bridge_without_sharing_an_address(layout: Layout) -> None:
    addresses = [places.HOST_ADDRESS, *(node.address for node in layout.nodes), *places.BALANCER_ADDRESSES]
    assert len(set(addresses)) == len(addresses)
    assert all(address in places.NODE_NETWORK for address in addresses)


def test_each_node_has_pods_and_a_zone_of_its_own(layout: Layout) -> None:
    ranges = [node.pods for node in layout.nodes]
    assert not any(one.overlaps(other) for one, other in combinations(ranges, 2))
    assert all(one.subnet_of(places.POD_NETWORK) for one in ranges)
    assert len({node.zone for node in layout.nodes}) == len(layout.nodes)


@pytest.mark.parametrize("name", ["local", "a", "elevenchars"])
def test_names_stay_within_what_the_kernel_takes(name: str) -> None:
    layout = Layout(name)
    links = [layout.bridge, *(node.link for node in layout.nodes)]
    assert all(len(link) <= LINK_NAME_LIMIT for link in links)
    assert len(set(links)) == len(links)


def test_socket_paths_are_short_enough_under_the_usual_folder() -> None:
    assert all(
        len(f"{node.runtime_socket}.ttrpc") <= SOCKET_PATH_LIMIT for node in Layout("elevenchars").nodes
    )


@pytest.mark.parametrize("name", ["", "Local", "1st", "with-dash", "longerthaneleven", "a/b", "ü"])
def test_a_name_that_cannot_be_a_link_is_refused(name: str) -> None:
    with pytest.raises(Trouble, match="cannot name a cluster"):
        Layout(name)


def test_an_unknown_node_is_told_with_the_known_ones(layout: Layout) -> None:
    with pytest.raises(Trouble) as caught:
        layout.named("node-7")
    assert "node-1, node-2, node-3" in caught.value.fix
