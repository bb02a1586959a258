import ipaddress

from deploy.stack.components.kubernetes.nodes import COUNT, SELECTOR, node


def test_node__that_is_fake__is_one_that_kwok_is_told_to_play():
    name, value = SELECTOR.split("=")

    assert node(0)["metadata"]["annotations"] == {name: value}


def test_nodes__all_together__have_room_and_addresses_for_twice_ten_thousand_pods():
    nodes = [node(number) for number in range(COUNT)]

    assert sum(int(each["status"]["allocatable"]["pods"]) for each in nodes) >= 20_000
    ranges = [ipaddress.ip_network(each["spec"]["podCIDR"]) for each in nodes]
    assert all(
        each.num_addresses > int(made["status"]["allocatable"]["pods"])
        for each, made in zip(ranges, nodes, strict=True)
    )
    assert not any(a.overlaps(b) for a in ranges for b in ranges if a is not b)
